"""When a group is open."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from callcenter.tenants.models import TenantScoped


class Forced(models.TextChoices):
    NOT = "", _("As the calendar says")
    OPEN = "open", _("Forced open")
    CLOSED = "closed", _("Forced closed")


class OpeningCalendar(TenantScoped):
    """Weekly hours, holidays and exceptions, in the tenant's time zone."""

    name = models.CharField(max_length=80)
    holiday_country = models.CharField(max_length=2, blank=True, help_text="blank: no holidays")
    holiday_region = models.CharField(max_length=10, blank=True)
    forced = models.CharField(max_length=6, choices=Forced.choices, default=Forced.NOT, blank=True)
    forced_until = models.DateTimeField(null=True, blank=True, help_text="blank: until undone")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="calendar_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class _MinuteRange(Func):
    function = "INT4RANGE"
    output_field = models.Field()


class OpeningHours(TenantScoped):
    """Open from a minute of the day (0) up to, not including, another (1440 is midnight)."""

    calendar = models.ForeignKey(OpeningCalendar, on_delete=models.CASCADE, related_name="hours")
    weekday = models.SmallIntegerField(help_text="ISO: 1 is Monday")
    opens_minute = models.SmallIntegerField()
    closes_minute = models.SmallIntegerField()

    class Meta:
        ordering = ["weekday", "opens_minute"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7))
                & Q(opens_minute__gte=0)
                & Q(closes_minute__lte=1440)
                & Q(opens_minute__lt=F("closes_minute")),
                name="hours_make_sense",
            ),
            ExclusionConstraint(
                name="hours_do_not_overlap",
                expressions=[
                    ("calendar", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (_MinuteRange("opens_minute", "closes_minute"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.opens_minute}-{self.closes_minute}"


class Holiday(TenantScoped):
    """A public holiday of the calendar's country: closed all day. Made from the `holidays` library."""

    calendar = models.ForeignKey(OpeningCalendar, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarException(TenantScoped):
    """Days that differ: closed, or open at other hours. Wins over hours and holidays."""

    calendar = models.ForeignKey(
        OpeningCalendar, on_delete=models.CASCADE, related_name="exceptions"
    )
    name = models.CharField(max_length=120)
    first_day = models.DateField()
    last_day = models.DateField()
    opens_minute = models.SmallIntegerField(null=True, blank=True, help_text="blank: closed")
    closes_minute = models.SmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day"))
                & (
                    Q(opens_minute__isnull=True, closes_minute__isnull=True)
                    | (
                        Q(opens_minute__gte=0)
                        & Q(closes_minute__lte=1440)
                        & Q(opens_minute__lt=F("closes_minute"))
                    )
                ),
                name="exception_makes_sense",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.first_day}"
