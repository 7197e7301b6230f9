"""Who changed what, and when."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from callcenter.tenants.models import TenantScoped


class AuditEntry(TenantScoped):
    """One change: an action in the past tense (`group.renamed`), by whom, about what."""

    action = models.CharField(max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=150, help_text="as it was then; an API key's name too")
    about_type = models.CharField(max_length=40)
    about_id = models.CharField(max_length=40)
    about_name = models.CharField(max_length=200)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"]),
            models.Index(fields=["tenant", "about_type", "about_id", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.about_name}"
