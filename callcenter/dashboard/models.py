"""Addresses of wallboards that show without a login."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from callcenter.tenants.models import TenantScoped


class Wallboard(TenantScoped):
    """A wallboard by token: only a hash of the token is kept; the address is shown once."""

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    group_ids = ArrayField(models.BigIntegerField(), default=list, help_text="empty: all groups")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
