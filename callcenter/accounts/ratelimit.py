"""How often a program may ask: counted in Valkey for all web processes together."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
Answer = TypeVar("Answer", bound=HttpResponseBase)
WORDS = "Too many requests. Wait as many seconds as Retry-After says."


@dataclass(frozen=True, slots=True)
class Taken:
    """One request of a window: `most` in all, `left` still, a new window in `seconds`."""

    most: int
    left: int
    seconds: int
    is_over: bool


def take(name: str, *, most: int, seconds: int, now: float) -> Taken | None:
    """Counts one request of `name` (`api:12`). None while the counts cannot be reached: a limit
    must not be what brings the product down."""
    window = int(now // seconds)
    ends_in = max(1, math.ceil((window + 1) * seconds - now))
    key = f"rate:{name}:{window}"
    try:
        cache.add(key, 0, timeout=2 * seconds)
        count = cache.incr(key)
    except (RedisError, OSError, ValueError) as error:
        log.warning("Requests are not counted now: %s", error)
        return None
    return Taken(most, max(0, most - count), ends_in, count > most)


def tell(response: Answer, taken: Taken | None) -> Answer:
    if taken is not None:
        response["RateLimit-Limit"] = str(taken.most)
        response["RateLimit-Remaining"] = str(taken.left)
        response["RateLimit-Reset"] = str(taken.seconds)
    return response


def too_many(taken: Taken) -> HttpResponse:
    response = JsonResponse({"detail": WORDS}, status=429)
    response["Retry-After"] = str(taken.seconds)
    return tell(response, taken)


def describe(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """For the schema: any operation may be answered so."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and operation.get("security"):
                operation["responses"].setdefault(
                    "429",
                    {
                        "description": "Too many requests with this key.",
                        "headers": {
                            "Retry-After": {
                                "description": "seconds until it may ask again",
                                "schema": {"type": "integer"},
                            }
                        },
                        "content": error,
                    },
                )
    return result
