"""The part of the dialplan that lets calls for help out, whatever else holds. Pure.

It stands in a file, not in the database: a call for help waits for nobody. Each country has a
context with its numbers alone, and one for its phones, in which those come before all else.
"""

from __future__ import annotations

from phonebook.numbers.emergency import countries, emergency_numbers


def contexts() -> str:
    """`emergency-de` and `agents-de` for each country; phones stand in the latter."""
    return "\n".join(_context(country) for country in countries()) + "\n"


def _context(country: str) -> str:
    name = country.lower()
    lines = [f"[emergency-{name}]"]
    lines += [
        f"exten => {number},1,Goto(emergency,{number},1)" for number in emergency_numbers(country)
    ]
    lines += [f"[agents-{name}]", f"include => emergency-{name}", "include => agents"]
    return "\n".join(lines)
