"""The settings of the doors: off until somebody opens them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from callcenter.agents.models import Device
from callcenter.groups.models import Number
from callcenter.tenants.models import TenantScoped
from telephony.subscriptions.models import Webhook


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
    """A phone or a number, its user's name in the business software, and the webhook that tells
    it of the calls.
    """

    device = models.OneToOneField(Device, null=True, on_delete=models.CASCADE, related_name="+")
    number = models.OneToOneField(Number, null=True, on_delete=models.CASCADE, related_name="+")
    user_name = models.CharField(max_length=80, blank=True)
    webhook = models.OneToOneField(Webhook, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(device__isnull=True) ^ Q(number__isnull=True), name="linked_to_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.device or self.number} {self.user_name}"
