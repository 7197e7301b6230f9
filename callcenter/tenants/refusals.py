"""A refusal: a service says no, in words for the person who asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.functional import Promise


class Refusal(Exception):
    """What a service does not do, and why. `field` names the input that is at fault, if one is."""

    def __init__(self, words: str | Promise, field: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.field = field

    def __str__(self) -> str:
        return str(self.words)


@contextmanager
def refusing(refusals: Mapping[str, Refusal]) -> Iterator[None]:
    """A transaction in which a broken database constraint becomes the refusal under its name.

    The database decides, so that two people who do the same thing at once get the same answer as
    one after the other; and it sees other tenants' rows, which no check of ours can.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        refusal = refusals.get(constraint or "")
        if refusal is None:
            raise
        raise refusal from error
