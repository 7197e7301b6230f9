"""The ASGI application: pages and API by Django, sockets by Channels."""

import gc
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
django_application = get_asgi_application()

from callcenter.routing import websocket_urlpatterns  # noqa: E402 - models must be ready

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)

# what is loaded now stays for good: without this each full collection walks all of it, and every
# open page waits for that (benchmarks/fan_out.py)
gc.collect()
gc.freeze()
