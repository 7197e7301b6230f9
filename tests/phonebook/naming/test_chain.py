"""The chain of names: highest source wins, own names for their owners only, answers that lie."""

from __future__ import annotations

import pytest

from phonebook.naming.answers import NoName, asked_url, is_url_with_number, name_in
from phonebook.naming.chain import Candidate, carried, colleague, personal, ranked, ripe
from phonebook.naming.sources import NETHCTI, TARGAD_KONED, known, of_preset

KNOWN = [
    Candidate("company", "Company Co", 3, is_company=True),
    Candidate("company", "Company Person", 9),
    Candidate("synced", "Synced", 4),
    Candidate("group", "Sales' name", 5, group_id=1),
    Candidate("group", "Support's name", 6, group_id=2),
    personal("Alice's own", 7, "", 11),
    personal("Bob's own", 8, "", 12),
    carried("CARRIER"),
]


def names(order: tuple[str, ...], **viewer: object) -> list[str]:
    return [one.name for one in ranked(KNOWN, order, **viewer)]  # type: ignore[arg-type]


def test_the_presets_are_the_references_orders() -> None:
    everybody = {"user_id": 11, "group_ids": {1}}
    assert names(TARGAD_KONED, **everybody) == [
        "Alice's own", "Sales' name", "Synced", "Company Person", "Company Co", "CARRIER",
    ]  # fmt: skip
    assert names(NETHCTI, **everybody) == [
        "Alice's own", "Synced", "Company Person", "Company Co", "Sales' name", "CARRIER",
    ]  # fmt: skip


def test_own_names_are_for_their_owner_and_group_names_for_the_group() -> None:
    assert names(TARGAD_KONED)[0] == "Synced"
    assert names(TARGAD_KONED, user_id=12, group_ids={2})[:2] == ["Bob's own", "Support's name"]


def test_a_source_left_out_of_the_order_says_nothing() -> None:
    assert names(("carrier",)) == ["CARRIER"]
    assert ranked([colleague("Bob", "101")], ("carrier",)) == []


def test_an_outside_answer_waits_for_those_above_it() -> None:
    order = ("directory:1", "group", "directory:2", "carrier")
    assert ripe(order, {"directory:2": "Two"}, {"directory:1"}) is None
    assert ripe(order, {"directory:2": "Two", "directory:1": ""}, ()) == "directory:2"
    assert ripe(order, {"directory:2": "Two", "directory:1": "One"}, ()) == "directory:1"
    assert ripe(order, {"directory:2": "Two"}, (), has_local="group") is None
    assert ripe(order, {"directory:1": "One"}, {"directory:2"}, has_local="group") == "directory:1"


def test_presets_take_the_companys_directories_along() -> None:
    order = of_preset("targad_koned", [7])
    assert order.index("directory:7") == order.index("company") - 1
    assert known([*order, "directory:8", "nonsense", "group"], [7]) == order


@pytest.mark.parametrize(
    ("body", "form", "path", "name"),
    [
        (b"Mari Tamm\n", "text", "", "Mari Tamm"),
        ("\ufeffJüri  Õun".encode(), "text", "", "Jüri Õun"),
        (b"", "text", "", ""),
        (b'{"contacts": [{"name": "Mari"}]}', "json", "contacts.0.name", "Mari"),
        (b'{"contacts": []}', "json", "contacts.0.name", ""),
        (b'{"name": null}', "json", "name", ""),
        (b"null", "json", "name", ""),
        (b'"Mari"', "json", "", "Mari"),
        (b"Mari\x00\x1b[31m Tamm", "text", "", "Mari[31m Tamm"),
    ],
)
def test_a_name_is_read(body: bytes, form: str, path: str, name: str) -> None:
    assert name_in(body, form, path) == name


@pytest.mark.parametrize(
    ("body", "form", "path"),
    [
        (b"<html><body>Not found</body></html>", "text", ""),
        (b"two\nlines", "text", ""),
        (b"x" * 121, "text", ""),
        (b"\xff\xfe", "text", ""),
        (b"...", "text", ""),
        (b"<html>", "json", "name"),
        (b"[" * 100_000, "json", "name"),
        (b'{"name": 5}', "json", "name"),
        (b'{"name": {"first": "a"}}', "json", "name"),
        (b'{"name": "a"}', "json", "name.first"),
    ],
)
def test_what_is_no_name_is_refused(body: bytes, form: str, path: str) -> None:
    with pytest.raises(NoName):
        name_in(body, form, path)


def test_the_number_goes_into_path_and_query_only_and_encoded() -> None:
    assert is_url_with_number("https://a.example/?q={number}")
    assert is_url_with_number("https://a.example/{digits}")
    assert not is_url_with_number("https://a.example/")
    assert not is_url_with_number("https://{digits}.example/{digits}")
    assert asked_url("https://a.example/?q={number}", "+372 5&x=1") == (
        "https://a.example/?q=%2B372%205%26x%3D1"
    )
