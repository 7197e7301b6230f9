"""Mail about accounts, outside the request."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from callcenter.accounts.models import Membership


@shared_task(autoretry_for=(OSError,), retry_backoff=5, retry_backoff_max=600, max_retries=8)
def send_invitation(*, tenant_id: int, membership_id: int) -> None:  # noqa: ARG001 - the scope
    """Tells a person where to sign in; somebody without a password gets a link to set one."""
    membership = Membership.objects.select_related("user", "tenant").get(pk=membership_id)
    user, tenant = membership.user, membership.tenant
    with translation.override(user.language or tenant.language):
        if user.has_usable_password():
            link = f"{settings.PUBLIC_URL}/t/{tenant.slug}/"
            way = _("Sign in as before:")
        else:
            key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
            uid, _dash, token = key.partition("-")
            path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
            link = f"{settings.PUBLIC_URL}{path}"
            way = _("Choose a password here:")
        hello = _("Hello")
        send_mail(
            _("You are invited to %(company)s on Helin") % {"company": tenant.name},
            f"{hello} {user.name},\n\n{way}\n{link}\n",
            settings.DEFAULT_FROM_EMAIL,
            [user.email],
        )
