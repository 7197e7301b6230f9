"""What the journal keeps of a person from one day to the next; the calls themselves are the ledger's."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from callcenter.accounts.models import User
from callcenter.tenants.models import TenantScoped


class Journal(TenantScoped):
    """Where the window's middle stood, in thousandths of the page, and how large it was in pixels;
    all null until it was moved. `seen_at`: calls missed before then are seen."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    x = models.PositiveSmallIntegerField(null=True)
    y = models.PositiveSmallIntegerField(null=True)
    width = models.PositiveSmallIntegerField(null=True)
    height = models.PositiveSmallIntegerField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="journal_once"),
            models.CheckConstraint(
                condition=Q(x__isnull=True, y__isnull=True, width__isnull=True, height__isnull=True)
                | Q(x__lte=1000, y__lte=1000, width__isnull=False, height__isnull=False),
                name="journal_place_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"journal of {self.user_id}"
