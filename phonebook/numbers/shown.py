"""How a number is shown: as it stands in the phonebook, else as people of the country read it. Pure."""

from __future__ import annotations

from phonebook.numbers.e164 import display


def shown(number: str, country: str, entered: str = "") -> str:
    """`entered`: how the contact that it belongs to has it, "" if nobody has.

    As entered there, exactly; else without the own country's code; else +CC, a space, the rest.
    """
    return entered or display(number, country)
