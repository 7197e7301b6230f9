"""The settings of the doors: off until somebody opens them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from callcenter.agents.models import Device
from callcenter.tenants.models import TenantScoped


class CallInitDoor(TenantScoped):
    """LocaPhone's call-init.php: from these networks and with this token only."""

    is_open = models.BooleanField(default=False)
    networks = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    token_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="call_init_door_once"),
            models.CheckConstraint(
                condition=Q(is_open=False) | (~Q(token_digest="") & ~Q(networks=[])),
                name="call_init_door_guarded",
            ),
        ]

    def __str__(self) -> str:
        return "call-init.php"


class TargadDoor(TenantScoped):
    """Targad koned's operations, for whoever knows the main user's name and password."""

    is_open = models.BooleanField(default=False)
    main_user = models.CharField(max_length=80, blank=True)
    password = models.CharField(max_length=200, blank=True, help_text="Argon2")
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="targad_door_once"),
            models.CheckConstraint(
                condition=Q(is_open=False) | (~Q(main_user="") & ~Q(password="")),
                name="targad_door_guarded",
            ),
        ]

    def __str__(self) -> str:
        return "Targad koned"


class LinkedNumber(TenantScoped):
    """A phone, its user's name in the business software, and whom to tell of its calls."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="+")
    user_name = models.CharField(max_length=80, blank=True)
    notification_url = models.URLField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.device.extension} {self.user_name}"
