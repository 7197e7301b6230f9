"""Those who take calls, and the phones that ring for them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Membership
from callcenter.tenants.models import TenantScoped

WRAP_UP_REASON = "wrap-up"  # reserved: Helin's own pause after a call


class PauseReason(TenantScoped):
    """Why an agent may pause; `code` is what the PBX and the ledger carry."""

    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=60)
    max_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="pause_reason_code_once"),
            models.CheckConstraint(
                condition=~Q(code=WRAP_UP_REASON), name="pause_reason_not_reserved"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Agent(TenantScoped):
    """A person who takes the groups' calls; in the PBX `<slug>-a<id>`."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="agent")
    name = models.CharField(max_length=80, help_text="as colleagues and phones show it")
    is_active = models.BooleanField(default=True)
    # the phone that group calls ring; one of the agent's own
    device = models.OneToOneField(
        "callcenter.Device",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="rings_for",
    )

    # wishes that the listener carries out: the reason of a pause that begins after this call, and
    # until when a running wrap-up is to last
    pause_after_call = models.SlugField(max_length=30, null=True, blank=True)
    wrap_up_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeviceKind(models.TextChoices):
    SIP = "sip", _("Desk phone or softphone (SIP)")
    WEBRTC = "webrtc", _("Browser (WebRTC)")


class Device(TenantScoped):
    """A phone of the tenant: in the PBX the endpoint `<slug>-<extension>`.

    `digest` is MD5(user:realm:secret), what SIP needs to check a phone; the secret itself is shown
    once when made and kept nowhere.
    """

    agent = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="devices"
    )
    extension = models.CharField(max_length=4)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=DeviceKind.choices, default=DeviceKind.SIP)
    digest = models.CharField(max_length=32)
    secret_made_at = models.DateTimeField()
    answers_itself = models.BooleanField(
        default=False, help_text="picks up by itself when its user calls by click"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["extension"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "extension"], name="extension_once"),
            models.CheckConstraint(
                condition=Q(extension__regex=r"^[1-9][0-9]{2,3}$"), name="extension_plain"
            ),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{32}$"), name="device_digest_md5"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.extension} {self.name}"
