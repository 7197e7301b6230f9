"""The data behind a company's own card."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext

from callcenter.outbound.requests import NotAnswered, ask
from callcenter.outbound.sealing import SealBroken, unseal
from phonebook.cards.models import CustomCard

SECONDS = 5.0
MOST_BYTES = 512 * 1024


def data_of(card: CustomCard, key: str) -> Any:
    """The JSON that the company's system answers, None for 404. Raises NotAnswered and what `pin`
    raises."""
    digits = "".join(letter for letter in key if letter.isdigit())
    url = card.url.replace("{number}", quote(key, safe="")).replace("{digits}", digits)
    headers = {"Accept": "application/json"}
    try:
        if card.header and card.secret:
            headers[card.header] = unseal(card.secret)
    except SealBroken as error:
        raise NotAnswered(gettext("Its key cannot be read any more: enter it again.")) from error
    answer = ask("GET", url, headers=headers, seconds=SECONDS, most_bytes=MOST_BYTES, redirects=1)
    if answer.status == 404:
        return None
    if not answer.is_good:
        raise NotAnswered(gettext("It answers with the error %(n)d.") % {"n": answer.status})
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NotAnswered(gettext("The answer is not JSON.")) from error
