"""What only the PBX side needs to know about a tenant."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from callcenter.tenants.models import TenantScoped


class OutgoingPrefix(TenantScoped):
    """Outgoing calls are allowed only to numbers that start with one of these.

    A tenant has none at first: whatever costs money is off until somebody allows it.
    """

    prefix = models.CharField(max_length=15, help_text="E.164, as +372 or +3725")
    note = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["prefix"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "prefix"], name="outgoing_prefix_once"),
            models.CheckConstraint(
                condition=Q(prefix__regex=r"^\+[1-9][0-9]{0,13}$"), name="outgoing_prefix_e164"
            ),
        ]

    def __str__(self) -> str:
        return self.prefix
