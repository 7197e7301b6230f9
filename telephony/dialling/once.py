"""The same request with the same Idempotency-Key is carried out once and answered the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from rest_framework import status
from rest_framework.response import Response

from callcenter.accounts.models import ApiKey
from telephony.dialling.models import OnceAnswer

KEPT = timedelta(hours=24)
AT_WORK = timedelta(minutes=1)
_PLAIN = re.compile(r"^[\x21-\x7e]{1,200}$")


def answered_once(
    *, key: ApiKey, once: str, asked: bytes, at: datetime, work: Callable[[], Response]
) -> Response:
    """`once` is the header ("" without one), `asked` what makes the request what it is."""
    if not once:
        return work()
    if not _PLAIN.match(once):
        words = "Idempotency-Key: 1 to 200 printable ASCII characters without spaces."
        return Response({"detail": words}, status=status.HTTP_400_BAD_REQUEST)
    digest = hashlib.sha256(asked).hexdigest()
    OnceAnswer.objects.filter(api_key=key, once=once, made_at__lt=at - KEPT).delete()
    try:
        with transaction.atomic():
            row = OnceAnswer.objects.create(api_key=key, once=once, asked=digest, made_at=at)
    except IntegrityError:
        return _again(key, once, digest, at)
    try:
        response = work()
    except Exception:
        row.delete()  # nothing was done: the next attempt may
        raise
    row.status, row.answer = response.status_code, response.data
    row.save(update_fields=["status", "answer"])
    return response


def _again(key: ApiKey, once: str, digest: str, at: datetime) -> Response:
    row = OnceAnswer.objects.filter(api_key=key, once=once).first()
    if row is None or (row.status is None and row.asked == digest):
        words = "The first request with this Idempotency-Key is still at work."
        if row is not None and at - row.made_at > AT_WORK:
            words = "What became of the first request with this Idempotency-Key is not known."
        return Response({"detail": words}, status=status.HTTP_409_CONFLICT)
    if row.asked != digest:
        words = "This Idempotency-Key came with another request before. Make a new one."
        return Response({"detail": words}, status=status.HTTP_409_CONFLICT)
    headers = {"Idempotency-Replayed": "true"}
    return Response(row.answer, status=row.status, headers=headers)


def forget_answers(at: datetime) -> int:
    """What is older than a day; how many."""
    return OnceAnswer.objects.filter(made_at__lt=at - KEPT).delete()[0]
