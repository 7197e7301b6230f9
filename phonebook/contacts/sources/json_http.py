"""A CRM or any list of people as JSON over HTTP, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from django.utils.translation import gettext

from callcenter.outbound.requests import ask
from phonebook.contacts.drafts import TEXT_FIELDS, ContactDraft, NumberDraft
from phonebook.contacts.files.columns import type_of
from phonebook.contacts.sources.carddav import SourceFailed

MOST_PAGES = 2000
SECONDS = 30.0
_NUMBERS = ("numbers", "phones", "phone", "mobile", "phone_numbers", "telephone", "fax")


def read_json(
    url: str, username: str, secret: str, settings: Mapping[str, Any]
) -> Iterator[ContactDraft | str]:
    """An array, or an object with an array in `settings["list"]` (or contacts, results, items, data)
    and the address of the following page in `next`. `settings["fields"]`: our field -> theirs.

    With a name the password goes as Basic, without one as Bearer. Raises SourceFailed, NotAnswered.
    """
    fields = dict(settings.get("fields") or {})
    following: str | None = url
    for _page in range(MOST_PAGES):
        if not following:
            return
        document = _asked(following, username, secret)
        rows = _rows(document, str(settings.get("list") or ""))
        for row in rows:
            if isinstance(row, Mapping):
                yield draft_of_object(row, fields)
            else:
                yield gettext("an entry is no object")
        after = document.get("next") if isinstance(document, Mapping) else None
        following = urljoin(following, after) if isinstance(after, str) and after else None
        if following and urljoin(url, "/") != urljoin(following, "/"):
            raise SourceFailed(gettext("Its next page is on another host."))
    raise SourceFailed(gettext("It has more pages than can be read."))


def _asked(url: str, username: str, secret: str) -> Any:
    headers = {"Accept": "application/json"}
    if secret and not username:
        headers["Authorization"] = f"Bearer {secret}"
    auth = (username, secret) if username else None
    answer = ask("GET", url, headers=headers, auth=auth, seconds=SECONDS)
    if answer.status in (401, 403):
        raise SourceFailed(gettext("It refuses the name or the password."))
    if not answer.is_good:
        raise SourceFailed(gettext("It answers %(status)d.") % {"status": answer.status})
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise SourceFailed(gettext("Its answer is no JSON.")) from error


def _rows(document: Any, name: str) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, Mapping):
        for key in (name,) if name else ("contacts", "results", "items", "data", "value"):
            if isinstance(document.get(key), list):
                return list(document[key])
    raise SourceFailed(gettext("There is no list of contacts in its answer."))


def draft_of_object(row: Mapping[str, Any], fields: Mapping[str, str]) -> ContactDraft:
    """Texts by our names (or as `fields` says); numbers as text, list, or objects."""

    def text(name: str) -> str:
        value = _at(row, fields.get(name, name))
        return str(value) if isinstance(value, str | int | float) else ""

    whole = text("name") or " ".join(one for one in (text("first_name"), text("last_name")) if one)
    names = (fields["numbers"],) if "numbers" in fields else _NUMBERS
    numbers = [one for name in names for one in _numbers(_at(row, name), name)]
    custom = _at(row, fields.get("custom", "custom"))
    return ContactDraft(
        **{name: text(name) for name in TEXT_FIELDS if name != "name"},
        name=whole,
        external_id=text("external_id") or text("id") or text("uid"),
        custom={
            str(label): str(value)
            for label, value in (custom.items() if isinstance(custom, Mapping) else ())
            if isinstance(value, str | int | float)
        },
        numbers=tuple(numbers),
    )


def _at(row: Any, path: str) -> Any:
    """ "company.name" -> row["company"]["name"]; None where there is nothing."""
    for part in path.split("."):
        row = row.get(part) if isinstance(row, Mapping) else None
    return row


def _numbers(value: Any, name: str) -> Iterator[NumberDraft]:
    if isinstance(value, str | int) and str(value).strip():
        yield NumberDraft(str(value), type_of(name))
    elif isinstance(value, list):
        for one in value:
            yield from _numbers(one, name)
    elif isinstance(value, Mapping):
        entered = value.get("number") or value.get("value")
        if isinstance(entered, str | int):
            kind = value.get("type") or value.get("label") or name
            yield NumberDraft(str(entered), type_of(str(kind)))
