"""`{% dial number.key %}`: the handset beside every number. One place to change how calls begin."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from callcenter.agents.models import Device
from callcenter.templatetags.icons import icon
from callcenter.tenants.models import Tenant
from phonebook.numbers.e164 import display
from phonebook.numbers.kinds import NumberKind, identify

register = template.Library()


@register.simple_tag
def dial(number: str, shown: str = "", about: str = "") -> SafeString | str:
    """A link that calls; nothing for what cannot be called. `number`: a key or E.164; `about`:
    what the call is kept with, as contact:12."""
    identity = identify(str(number), "")
    if identity.kind in (NumberKind.TELEPHONE, NumberKind.EXTENSION, NumberKind.SERVICE):
        url = f"tel:{identity.key}"
    elif identity.kind is NumberKind.SIP:
        url = identity.key
    else:
        return ""
    words = gettext("Call %(number)s") % {"number": shown or identity.key}
    return format_html(
        '<a class="icon-btn dial" href="{}" data-dial="{}"{} title="{}">{}'
        '<span class="visually-hidden">{}</span></a>',
        url,
        identity.key,
        format_html(' data-about="{}"', about) if about else "",
        words,
        icon("phone"),
        words,
    )


@register.simple_tag
def dial_slot() -> SafeString:
    """A handset that a script gives its number (static/js/dialling/handset.js)."""
    return format_html(
        '<a class="icon-btn dial" href="#" data-slot="dial" data-word="{}" hidden>{}'
        '<span class="visually-hidden"></span></a>',
        gettext("Call %(number)s"),
        icon("phone"),
    )


@register.simple_tag
def dial_option(words: str, tenant: Tenant) -> SafeString | str:
    """The first choice below the box in the top bar, where what was typed is a whole number."""
    identity = identify(words, tenant.country)
    if identity.kind in (NumberKind.EXTENSION, NumberKind.SERVICE):
        # part of a number that somebody looks for, unless a colleague has it
        if not Device.objects.filter(extension=identity.key, is_active=True).exists():
            return ""
    elif identity.kind is not NumberKind.TELEPHONE:
        return ""
    return format_html(
        '<a class="menu-item" role="option" href="tel:{}" data-dial="{}">{}'
        '<span class="clip">{}</span><kbd class="hint" aria-hidden="true">&#8629;</kbd></a>',
        identity.key,
        identity.key,
        icon("phone"),
        gettext("Call %(number)s") % {"number": display(identity.key, tenant.country)},
    )
