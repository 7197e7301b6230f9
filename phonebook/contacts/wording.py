"""How a number is named on a page."""

from __future__ import annotations

from django.utils.translation import gettext

from phonebook.numbers.kinds import ANONYMOUS_KEY
from phonebook.numbers.shown import shown


def said(number: str, country: str) -> str:
    """As people read it; that it is withheld is said in words. `number`: best its key."""
    return gettext("Number withheld") if number == ANONYMOUS_KEY else shown(number, country)
