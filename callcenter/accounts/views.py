"""The start, and a person's own preferences."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from callcenter.accounts.forms import PreferencesForm
from callcenter.accounts.models import User
from callcenter.accounts.selectors import tenants_of
from callcenter.accounts.services import change_preferences


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Into one's company; with several, choose; an operator without one goes to all of them."""
    user = cast(User, request.user)
    tenants = tenants_of(user)
    if len(tenants) == 1:
        return redirect(f"/t/{tenants[0].slug}/")
    if not tenants and user.is_operator:
        return redirect("operator")
    return render(request, "callcenter/accounts/choose.html", {"tenants": tenants})


@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = PreferencesForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        change_preferences(user=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("account_preferences")
    return render(request, "callcenter/accounts/preferences.html", {"form": form})
