"""Which numbers call for help in a country. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import SUPPORTED_REGIONS, PhoneMetadata

EVERYWHERE = "112"
_LONGEST = 5  # digits; the few longer ones are ordinary numbers of one town


def countries() -> list[str]:
    """ISO 3166 codes of all countries whose numbers are known."""
    return sorted(SUPPORTED_REGIONS)


@lru_cache(maxsize=512)
def emergency_numbers(country: str) -> tuple[str, ...]:
    """As they are dialled there, 112 among them always."""
    facts = PhoneMetadata.short_metadata_for_region(country.upper())
    emergency = facts.emergency if facts is not None else None
    pattern = emergency.national_number_pattern if emergency is not None else None
    if emergency is None or not pattern:
        return (EVERYWHERE,)
    is_one = re.compile(pattern).fullmatch
    found = {
        digits
        for length in emergency.possible_length
        if length <= _LONGEST
        for number in range(10**length)
        if is_one(digits := f"{number:0{length}d}")
    }
    return tuple(sorted({EVERYWHERE, *found}, key=lambda digits: (len(digits), digits)))
