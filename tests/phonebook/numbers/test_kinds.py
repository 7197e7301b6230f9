"""One key for every spelling, and one kind for everything that stands where a number belongs."""

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from phonebook.numbers.kinds import NumberKind, identify
from phonebook.numbers.pasted import read_pasted
from phonebook.numbers.shown import shown

TYPES = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)


def spellings(number: phonenumbers.PhoneNumber, region: str) -> list[str]:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    found = [
        e164,
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        f"00{e164[1:]}",
        f"{e164[:4]}.{e164[4:]}",
    ]
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    if sum(letter.isdigit() for letter in national) > 5:  # shorter ones are extensions
        found += [national, phonenumbers.format_out_of_country_calling_number(number, region)]
    return [*found, e164[1:]]


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_spelling_of_the_examples_has_one_key(region: str) -> None:
    for kind in TYPES:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        for written in spellings(number, region):
            found = identify(written, region)
            assert (found.kind, found.key) == (NumberKind.TELEPHONE, e164), written
            [pasted] = read_pasted(f"Tel: {written}", region).found
            assert pasted.identity.key == e164, written


@pytest.mark.parametrize(
    ("written", "kind", "key"),
    [
        ("101", "extension", "101"),
        ("112", "service", "112"),
        ("*21", "service", "*21"),
        ("anonymous", "anonymous", "anonymous"),
        ("Restricted", "anonymous", "anonymous"),
        ("sip:anonymous@anonymous.invalid", "anonymous", "anonymous"),
        ("sip:Alice@Example.com;transport=tls", "sip", "sip:alice@example.com"),
        ("<sip:+37255512345@carrier;user=phone>", "telephone", "+37255512345"),
        ("tel:+372-5551-2345", "telephone", "+37255512345"),
        ("Postimees", "sender", "sender:postimees"),
        ("Telia Info", "sender", "sender:telia info"),
        ("\u202a5551\u20112345\u202c", "telephone", "+37255512345"),
        ("\uff0b372 \uff15551 2345", "telephone", "+37255512345"),
        ("", "unreadable", ""),
        ("12345678901234567890", "unreadable", ""),
        ("+1", "unreadable", ""),
        ("<script>", "unreadable", ""),
    ],
)
def test_kinds_are_told_apart(written: str, kind: str, key: str) -> None:
    found = identify(written, "EE")
    assert (found.kind, found.key) == (kind, key)


def test_what_is_dialled_after_the_answer_is_kept_beside_the_key() -> None:
    for written in ("+372 5551 2345 ext. 12", "55512345 x12", "+37255512345;ext=12"):
        found = identify(written, "EE")
        assert (found.key, found.inner) == ("+37255512345", "12"), written


@pytest.mark.parametrize(
    ("pasted", "country", "keys", "unread"),
    [
        ("Tel: +372 5551 2345 (home), mob. 5551 2346; GSM 5551 2347", "EE",
         ["+37255512345", "+37255512346", "+37255512347"], []),
        ("+37255512345 +37255512346", "EE", ["+37255512345", "+37255512346"], []),
        ("5551 2345 / 5551 2346", "EE", ["+37255512345", "+37255512346"], []),
        ("030/2312 5001\n0171-3920 012", "DE", ["+493023125001", "+491713920012"], []),
        ("5551 2345, 55512345", "EE", ["+37255512345"], []),
        ("ring me on 5551 2345 or 101", "EE", ["+37255512345"], []),
        ("5551 2345; 98765432109876543210", "EE", ["+37255512345"], ["98765432109876543210"]),
        ("(020) 7183-8750 or +1 (212) 555-0123", "GB", ["+442071838750", "+12125550123"], []),
        ("nothing here", "EE", [], []),
        ("", "EE", [], []),
    ],
)  # fmt: skip
def test_what_a_person_pastes_is_read(
    pasted: str, country: str, keys: list[str], unread: list[str]
) -> None:
    found = read_pasted(pasted, country)
    assert [one.identity.key for one in found.found] == keys
    assert list(found.unread) == unread


def test_a_number_is_shown_as_it_stands_in_the_phonebook() -> None:
    assert shown("+37255512345", "EE", "55 51 23 45") == "55 51 23 45"  # V-13
    assert shown("+37255512345", "EE") == "5551 2345"  # V-14
    assert shown("+37255512345", "DE") == "+372 5551 2345"  # V-15
