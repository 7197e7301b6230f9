"""One form to keep, one to show."""

import pytest

from phonebook.numbers.e164 import display, is_e164, masked, normalise, search_digits


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("+372 5551 2345", "EE", "+37255512345"),
        ("5551 2345", "EE", "+37255512345"),
        ("00491701234567", "EE", "+491701234567"),
        ("491701234567", "EE", "+491701234567"),  # a carrier without the plus
        ("4915123456789", "DE", "+4915123456789"),  # though 04915 is an area, too
        ("5540041234", "BR", "+555540041234"),  # there people leave their prefix out
        ("(020) 7183-8750", "GB", "+442071838750"),
        ("07700 900123", "GB", "+447700900123"),  # set aside for stories, nobody's
        ("+447700900123", "EE", "+447700900123"),
        ("0612345678", "IT", "+390612345678"),
        ("101", "EE", "101"),
        ("1234", "EE", "1234"),
        ("112", "EE", "112"),
        ("anonymous", "EE", "anonymous"),
        ("", "EE", ""),
        ("  alice  ", "EE", "alice"),
        ("<script>alert(1)</script>", "EE", "<script>alert(1)</script>"),
        ("+99999999999999999999", "EE", "+99999999999999999999"),
        ("1234567", "", "1234567"),
        ("٣٧٢٥٥٥١٢٣٤٥", "EE", "٣٧٢٥٥٥١٢٣٤٥"),
    ],
)
def test_normalise(text: str, country: str, kept: str) -> None:
    assert normalise(text, country) == kept
    assert normalise(kept, country) == kept


def test_what_is_kept_is_bounded() -> None:
    assert len(normalise("9" * 10_000, "EE")) <= 80


@pytest.mark.parametrize(
    ("number", "country", "shown"),
    [
        ("+37255512345", "EE", "5551 2345"),  # V-14: the own country's code is left out
        ("+442071838750", "EE", "+44 20 7183 8750"),  # V-15: plus, code, a space, the rest
        ("+442071838750", "GB", "020 7183 8750"),
        ("101", "EE", "101"),
        ("anonymous", "EE", "anonymous"),
    ],
)
def test_display(number: str, country: str, shown: str) -> None:
    assert display(number, country) == shown


def test_is_e164() -> None:
    assert is_e164("+37255512345")
    assert not is_e164("37255512345")
    assert not is_e164("101")


def test_search_finds_a_national_number_and_the_end_of_one() -> None:
    assert search_digits("5551 2345", "EE") == "37255512345"
    assert search_digits("12345", "EE") == "12345"
    assert search_digits("who?", "EE") == ""


def test_masked() -> None:
    assert masked("+37255512345") == "+3725551\u2022\u2022\u2022\u2022"
    assert masked("101") == "101"
    assert masked("anonymous") == "anonymous"
