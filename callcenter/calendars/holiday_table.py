"""Public holidays of countries and regions, from the `holidays` library. Pure but for its data."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import lru_cache

import holidays


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(ISO 3166 code, codes of its regions), by code; only countries, no aliases."""
    known = holidays.list_supported_countries(include_aliases=False)
    return tuple(
        (code, tuple(regions)) for code, regions in sorted(known.items()) if len(code) == 2
    )


def is_known(country: str, region: str = "") -> bool:
    regions = dict(countries()).get(country)
    return regions is not None and (not region or region in regions)


def public_holidays(
    country: str, region: str, years: Iterable[int], language: str = "en"
) -> dict[datetime.date, str]:
    """Day -> name in `language` where the library speaks it, else in the country's own; by day.

    KeyError for a country or region that the library does not know.
    """
    if not is_known(country, region):
        raise KeyError(f"{country} {region}".strip())
    wanted = list(years)
    entity = getattr(holidays, country)
    spoken = tuple(entity.supported_languages)
    chosen = next((word for word in spoken if word.split("_")[0] == language), None)
    found = holidays.country_holidays(country, subdiv=region or None, years=wanted, language=chosen)
    # an observed day may fall into a year that was not asked for
    return {day: name[:120] for day, name in sorted(found.items()) if day.year in wanted}


def regions(country: str) -> list[tuple[str, str]]:
    """(code, name) by name; the code stands for the name where the library has none."""
    codes = dict(countries()).get(country, ())
    if not codes:
        return []
    names: dict[str, str] = {}
    for name, code in getattr(holidays, country).subdivisions_aliases.items():
        names.setdefault(code, name)
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda row: row[1])
