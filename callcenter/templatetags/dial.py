"""`{% dial number.key %}`: the handset beside every number. One place to change how calls begin."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from callcenter.templatetags.icons import icon
from phonebook.numbers.kinds import NumberKind, identify

register = template.Library()


@register.simple_tag
def dial(number: str, shown: str = "") -> SafeString | str:
    """A link that calls; nothing for what cannot be called. `number`: a key or E.164."""
    identity = identify(str(number), "")
    if identity.kind in (NumberKind.TELEPHONE, NumberKind.EXTENSION, NumberKind.SERVICE):
        url = f"tel:{identity.key}"
    elif identity.kind is NumberKind.SIP:
        url = identity.key
    else:
        return ""
    words = gettext("Call %(number)s") % {"number": shown or identity.key}
    return format_html(
        '<a class="icon-btn dial" href="{}" data-dial="{}" title="{}">{}'
        '<span class="visually-hidden">{}</span></a>',
        url,
        identity.key,
        words,
        icon("phone"),
        words,
    )
