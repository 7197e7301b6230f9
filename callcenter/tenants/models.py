"""The customer companies, and the base of every model that belongs to one of them."""

from __future__ import annotations

from typing import TypeVar
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.tenants.scope import NoTenantInScope, current_setting, tenant_of_new_row

ModelT = TypeVar("ModelT", bound=models.Model)


def check_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("%(zone)s is not a time zone."), params={"zone": value})


class Tenant(models.Model):
    """A customer company on the system."""

    slug = models.CharField(
        max_length=31,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9]{1,30}$",
                _("Use 2 to 31 small letters and digits, a letter first: it names phones too."),
            )
        ],
    )
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, default="EE", help_text="ISO 3166, of its numbers")
    time_zone = models.CharField(
        max_length=64, default="Europe/Tallinn", validators=[check_time_zone]
    )
    language = models.CharField(max_length=8, default="en")
    pbx = models.CharField(max_length=32, default="pbx1", help_text="name in HELIN_PBXES")
    caller_id = models.CharField(
        max_length=20, blank=True, help_text="E.164, shown by outgoing calls made outside a group"
    )
    is_active = models.BooleanField(default=True)
    recording_days = models.PositiveSmallIntegerField(
        default=30, help_text="how long recordings are kept; only operators change it"
    )
    keeps_uncompressed = models.BooleanField(
        default=False, help_text="recordings are kept as they came, too"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recording_days__range=(1, 60)), name="tenant_recording_days"
            ),
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z][a-z0-9]{1,30}$"), name="tenant_slug_plain"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TenantManager(models.Manager[ModelT]):
    """Sees the rows of the tenant in scope, and refuses to run without one."""

    def get_queryset(self) -> models.QuerySet[ModelT]:
        setting = current_setting()
        if not setting:
            raise NoTenantInScope(
                f"{self.model.__name__} was asked for outside any tenant's scope."
            )
        rows = super().get_queryset()
        return rows if setting == "*" else rows.filter(tenant_id=int(setting))

    def none(self) -> models.QuerySet[ModelT]:
        """No rows, which needs no scope: for forms and schemas made before any request."""
        return super().get_queryset().none()


class TenantScoped(models.Model):
    """A row that belongs to one tenant; new rows take the tenant in scope by themselves."""

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        default=tenant_of_new_row,
        editable=False,
        related_name="+",
    )
    # typed for each model by the checker's Django plugin
    objects = TenantManager()

    class Meta:
        abstract = True
