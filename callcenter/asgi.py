"""The ASGI application: pages and API by Django, sockets by Channels."""

import gc
import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
django_application = get_asgi_application()

from callcenter.routing import (  # noqa: E402 - models must be ready
    program_urlpatterns,
    websocket_urlpatterns,
)

_people = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
_programs = URLRouter(program_urlpatterns)


async def sockets(scope: Any, receive: Any, send: Any) -> None:
    known = {f"/{route.pattern}" for route in program_urlpatterns}
    chosen = _programs if scope["path"] in known else _people
    await chosen(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": sockets,
    }
)

# what is loaded now, all pages too, stays for good: without this each full collection walks all of it,
# and every open page waits for that (benchmarks/fan_out.py)
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
