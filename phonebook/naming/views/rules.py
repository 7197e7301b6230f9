"""The order of sources with its preview, directories of others, and phones' addresses."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.agents.models import Device
from callcenter.groups.models import AgentGroup
from phonebook.naming import selectors, services
from phonebook.naming.forms import DeadlineForm, DirectoryForm
from phonebook.naming.ldap.entries import suffix_of
from phonebook.naming.models import ExternalDirectory, NamingRules, PhoneDirectory
from phonebook.naming.notices import tell_naming_changed
from phonebook.naming.sources import PRESETS, WORDS, directory_source, known
from phonebook.numbers.kinds import identify

GET_POST = ["GET", "HEAD", "POST"]


def _order() -> tuple[list[str], int]:
    """Of the company's rules, or the usual ones; deadline in milliseconds."""
    kept = NamingRules.objects.first() or NamingRules()
    ids = ExternalDirectory.objects.values_list("pk", flat=True)
    return known(kept.sources, ids), kept.deadline_ms


@require_GET
@needs(Right.PHONEBOOK_COMPANY)
def naming(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    order, deadline = _order()
    directories = {directory_source(one.pk): one for one in selectors.directories()}
    rows = [(one, selectors.word_of(one, directories), directories.get(one)) for one in order]
    unused = [one for one in (*WORDS, *directories) if one not in order]
    addressed = set(PhoneDirectory.objects.values_list("device_id", flat=True))
    phones = Device.objects.filter(is_active=True).select_related("agent").order_by("extension")
    context = {
        "rows": rows,
        "unused": [(one, selectors.word_of(one, directories)) for one in unused],
        "form": DeadlineForm(initial={"deadline_ms": deadline}),
        "presets": [(key, word) for key, (word, _order) in PRESETS.items()],
        "directories": directories.values(),
        "phones": [(one, one.pk in addressed) for one in phones[:200]],
        "examples": _preview(request, selectors.example_keys()),
        "groups": AgentGroup.objects.filter(is_active=True).order_by("name"),
    }
    return render(request, "phonebook/naming/naming.html", context)


def _preview(request: TenantRequest, keys: Sequence[str], group_id: int | None = None) -> object:
    groups = [group_id] if group_id else []
    return selectors.preview(
        keys, selectors.rules_here(), user_id=request.person.user_id, group_ids=groups
    )


@require_GET
@needs(Right.PHONEBOOK_COMPANY)
def preview(request: TenantRequest, slug: str) -> HttpResponse:
    """Who a number would be to the person who asks, as a fragment."""
    del slug
    number = request.GET.get("number", "").strip()[:80]
    group = request.GET.get("group", "")
    group_id = int(group) if group.isdecimal() and len(group) < 19 else None
    key = identify(number, request.tenant.country).key
    keys = [key] if key else [] if number else selectors.example_keys()
    context = {"examples": _preview(request, keys, group_id), "number": number}
    return render(request, "phonebook/naming/_preview.html", context)


@require_POST
@needs(Right.PHONEBOOK_COMPANY)
def change(request: TenantRequest, slug: str) -> HttpResponse:
    """One step: a preset, a source up, down, out or in, or the time to wait."""
    order, deadline = _order()
    act, _mark, source = request.POST.get("do", "").partition(" ")
    by = actor_of(request)
    form = DeadlineForm(request.POST)
    if act == "preset" and source in PRESETS:
        services.take_preset(preset=source, by=by)
    elif act == "deadline":
        if not form.is_valid():
            messages.error(request, _("Between 0 and 5000 milliseconds."))
            return redirect("naming", slug)
        services.change_rules(sources=order, deadline_ms=form.cleaned_data["deadline_ms"], by=by)
    elif (wanted := _moved(order, act, source)) is not None:
        services.change_rules(sources=wanted, deadline_ms=deadline, by=by)
    else:
        raise Http404
    tell_naming_changed()
    messages.success(request, _("Saved."))
    return redirect("naming", slug)


def _moved(order: list[str], act: str, source: str) -> list[str] | None:
    """None for what cannot be done."""
    if act == "add":
        return [*order, source] if source not in order else order
    if source not in order:
        return None
    place = order.index(source)
    rest = [one for one in order if one != source]
    if act == "drop":
        return rest
    if act in {"up", "down"}:
        rest.insert(max(0, place - 1) if act == "up" else place + 1, source)
        return rest
    return None


@require_http_methods(GET_POST)
@needs(Right.PHONEBOOK_COMPANY)
def new_directory(request: TenantRequest, slug: str) -> HttpResponse:
    form = DirectoryForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form, lambda: services.create_directory(by=actor_of(request), **form.cleaned_data)
        )
    ):
        tell_naming_changed()
        messages.success(request, _("The directory is kept; say below where it comes."))
        return redirect("naming", slug)
    return _directory_page(request, form, None)


@require_http_methods(GET_POST)
@needs(Right.PHONEBOOK_COMPANY)
def directory(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """With the log of the last questions."""
    row: ExternalDirectory = get_object_or_404(ExternalDirectory, pk=pk)
    form = DirectoryForm(request.POST or None, directory=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_directory(
                directory=row, by=actor_of(request), **form.cleaned_data
            ),
        )
    ):
        tell_naming_changed()
        messages.success(request, _("Saved."))
        return redirect("naming", slug)
    return _directory_page(request, form, row)


def _directory_page(
    request: TenantRequest, form: DirectoryForm, row: ExternalDirectory | None
) -> HttpResponse:
    status = 422 if form.errors else 200
    questions = list(row.questions.all()[:50]) if row else []
    context = {"form": form, "directory": row, "questions": questions}
    return render(request, "phonebook/naming/directory.html", context, status=status)


@require_POST
@needs(Right.PHONEBOOK_COMPANY)
def delete_directory(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row: ExternalDirectory = get_object_or_404(ExternalDirectory, pk=pk)
    told(
        request,
        lambda: services.delete_directory(directory=row, by=actor_of(request)),
        _("The directory is deleted."),
    )
    tell_naming_changed()
    return redirect("naming", slug)


@require_POST
@needs(Right.PHONEBOOK_COMPANY)
def phone_address(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """Makes a phone's address and shows it once, or takes it away."""
    phone: Device = get_object_or_404(Device, pk=pk, is_active=True)
    if request.POST.get("do") == "revoke":
        services.revoke_phone_address(device=phone, by=actor_of(request))
        messages.success(request, _("The phone's address is gone."))
        return redirect("naming", slug)
    token = services.make_phone_address(device=phone, by=actor_of(request))
    made = [
        (word, request.build_absolute_uri(reverse("phone_xml", args=[token, maker])))
        for word, maker in (("Yealink", "yealink"), ("Snom", "snom"))
    ]
    context = {"phone": phone, "made": made, "ldap": _ldap(request, phone, token)}
    return render(request, "phonebook/naming/phone.html", context)


def _ldap(request: TenantRequest, phone: Device, token: str) -> list[tuple[str, str]]:
    """What is entered on the phone, as words and values; nothing where LDAP is not served."""
    if not settings.LDAP_PORT:
        return []
    slug = request.tenant.slug
    scheme = "ldaps" if settings.LDAP_CERTIFICATE else "ldap"
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    return [
        (_("Server"), f"{scheme}://{host}:{settings.LDAP_PORT}"),
        (_("Base"), suffix_of(slug)),
        (_("User name"), f"{slug}-{phone.extension}"),
        (_("Password"), token),
        (_("Filter for names"), "(|(cn=%)(sn=%)(o=%))"),
        (_("Filter for numbers"), "(|(telephoneNumber=%)(mobile=%)(homePhone=%))"),
        (_("Name attributes"), "cn o"),
        (_("Number attributes"), "telephoneNumber mobile homePhone"),
    ]
