"""Tidying up."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from telephony.dialling.once import forget_answers


@shared_task(cross_tenant=True)
def forget_once_answers() -> None:
    forget_answers(timezone.now())
