"""What opens when somebody calls: popups, customer cards, addresses of business software."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import TenantScoped
from phonebook.contacts.models import NumberType


class Moment(models.TextChoices):
    NEVER = "never", _("Never")
    RING = "ring", _("When it rings")
    ANSWER = "answer", _("When it is answered")


class LinkMoment(models.TextChoices):
    NEVER = "never", _("Never")
    BUTTON = "button", _("By a button in the popup")
    RING = "ring", _("When it rings")
    ANSWER = "answer", _("When it is answered")


class PopupChoice(TenantScoped):
    """How one person is shown callers. This browser's own switch is kept in the browser."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    shows_popup = models.BooleanField(default=True)
    opens_card = models.CharField(max_length=8, choices=Moment.choices, default=Moment.NEVER)
    card_number = models.CharField(
        max_length=8,
        choices=[("", _("The number that calls")), *NumberType.choices],
        blank=True,
        help_text="which of a contact's numbers the card is asked for",
    )
    link = models.CharField(max_length=500, blank=True)
    link_when = models.CharField(max_length=8, choices=LinkMoment.choices, default=LinkMoment.NEVER)
    link_queue_only = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="popup_choice_once")]

    def __str__(self) -> str:
        return str(self.user)


class GroupLink(TenantScoped):
    """The address of business software that calls of a group open."""

    group = models.ForeignKey(AgentGroup, on_delete=models.CASCADE, related_name="+")
    link = models.CharField(max_length=500)
    link_when = models.CharField(
        max_length=8, choices=LinkMoment.choices, default=LinkMoment.BUTTON
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "group"], name="group_link_once")]

    def __str__(self) -> str:
        return self.link


class CustomCard(TenantScoped):
    """A tab of the customer card that a company fills from its own system.

    `url` has {number} or {digits}; the JSON that it answers is `data` in the template.
    """

    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    url = models.CharField(max_length=500)
    header = models.CharField(max_length=60, blank=True)
    secret = models.TextField(blank=True)
    template = models.TextField(max_length=20_000)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="custom_card_once")]

    def __str__(self) -> str:
        return self.name
