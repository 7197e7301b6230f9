"""Django's settings, all from the environment (docs/production.md lists every name)."""

from __future__ import annotations

import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from callcenter.environment import (
    BadEnvironment,
    read,
    read_database,
    read_flag,
    read_int,
    read_list,
    read_optional,
    read_pbxes,
)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(read("HELIN_DATA_DIR", str(BASE_DIR / "var")))

HELIN_ENV = read("HELIN_ENV", "development")
if HELIN_ENV not in {"development", "production"}:
    raise BadEnvironment("HELIN_ENV must be development or production.")
IN_DEVELOPMENT = HELIN_ENV == "development"
DEBUG = read_flag("HELIN_DEBUG", default=False)

_INSECURE_KEY = "insecure-development-key-" + "x" * 40
SECRET_KEY = read("HELIN_SECRET_KEY", _INSECURE_KEY if IN_DEVELOPMENT else None)
PUBLIC_URL = read("HELIN_PUBLIC_URL", "http://127.0.0.1:8000" if IN_DEVELOPMENT else None).rstrip(
    "/"
)
ALLOWED_HOSTS = read_list("HELIN_ALLOWED_HOSTS", "*" if IN_DEVELOPMENT else "")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "callcenter.accounts.errors.form_too_old"

if not IN_DEVELOPMENT:
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("insecure"):
        raise BadEnvironment(
            "HELIN_SECRET_KEY must be at least 50 random characters in production."
        )
    if DEBUG:
        raise BadEnvironment("HELIN_DEBUG must be off in production.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise BadEnvironment("HELIN_ALLOWED_HOSTS must list the names people use, without *.")
    if not PUBLIC_URL.startswith("https://"):
        raise BadEnvironment("HELIN_PUBLIC_URL must start with https:// in production.")

# --- what Helin talks to ---------------------------------------------------------------------
# The application role sees a tenant's rows only (row-level security); the owner role migrates.
_AS_OWNER = len(sys.argv) > 1 and sys.argv[1] in {"migrate", "makemigrations", "flush", "dbshell"}
_DATABASE_NAME = (
    "DATABASE_OWNER_URL" if _AS_OWNER and read_optional("DATABASE_OWNER_URL") else "DATABASE_URL"
)
_NO_DATABASE = "postgresql://helin_app@127.0.0.1/helin"
DATABASES = {
    "default": {
        **read_database(_DATABASE_NAME, _NO_DATABASE if IN_DEVELOPMENT else None),
        "ENGINE": "callcenter.tenants.database",
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
# Daphne serves each request from a thread of its own, so connections are kept in a pool, not per
# thread; a worker or the listener has few threads and the pool costs nothing there.
if not _AS_OWNER and "pytest" not in sys.modules:
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"]["OPTIONS"],
        # short attempts, again and again: a long one waits ever longer between its tries, and was
        # seen to find PostgreSQL only 17 s after the end of an outage
        "pool": {
            "min_size": 1,
            "max_size": read_int("HELIN_DATABASE_POOL", 12),
            "timeout": 5,
            "reconnect_timeout": 3,
        },
    }

VALKEY_URL = read("VALKEY_URL", "redis://127.0.0.1:6379/0" if IN_DEVELOPMENT else None)
CHANNEL_LAYERS = {
    "default": {
        # one host, VALKEY_URL's: telephony/live/store.py publishes there with what it writes
        # pubsub, not core: survives a restart of Valkey and is twice as fast (decision 0003)
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [VALKEY_URL]},
    }
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": VALKEY_URL}
}
PBXES = read_pbxes("HELIN_PBXES", "pbx1=ami://helin:helin@127.0.0.1:5038" if IN_DEVELOPMENT else "")
DEFAULT_PBX = read("HELIN_DEFAULT_PBX", next(iter(PBXES), "pbx1"))

REPORT_WORKERS = read_int("HELIN_REPORT_WORKERS", 1)  # how many make and mail reports at once
CELERY_BROKER_URL = VALKEY_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}

# --- applications ----------------------------------------------------------------------------
INSTALLED_APPS = [
    # not "daphne": it only adds runserver, and loads Twisted into every process (0.9 s of 2.2)
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "callcenter",
    "phonebook",
    "telephony",
    "reports",
]
MIDDLEWARE = [
    # first: who calls is asked by sign-ins, locks and the audit log
    "callcenter.accounts.proxies.CallersAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "callcenter.accounts.middleware.TenantScopeMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "callcenter.urls"
ASGI_APPLICATION = "callcenter.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "callcenter.accounts.context.frame",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "callcenter.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "callcenter.accounts.adapter.HelinAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Helin"
# people are invited by mail and nobody signs up alone: no stranger can lock an address up
MFA_ALLOW_UNVERIFIED_EMAIL = True
USERSESSIONS_TRACK_ACTIVITY = True
AXES_FAILURE_LIMIT = read_int("HELIN_LOGIN_FAILURES", 10)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"

# --- web -------------------------------------------------------------------------------------
PROXIES = read_int("HELIN_PROXIES", 0)
STATIC_URL = "/static/"
STATIC_ROOT = Path(read("HELIN_STATIC_DIR", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "callcenter.staticfiles.ModuleManifestStorage"},
}
WHITENOISE_MAX_AGE = 600
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not IN_DEVELOPMENT
SECURE_HSTS_SECONDS = 0 if IN_DEVELOPMENT else 31_536_000
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["callcenter.accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["callcenter.accounts.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["callcenter.accounts.api.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
}
API_RATE = read_int("HELIN_API_RATE", 1200)  # requests of one API key in a minute
SPECTACULAR_SETTINGS = {
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "callcenter.accounts.ratelimit.describe",
        "callcenter.accounts.api_guide.introduce",
    ],
    "TITLE": "Helin API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AgentStateWord": "callcenter.dashboard.api.AGENT_STATES",
        "DirectionWord": "telephony.calls.models.Direction",
        "AgentActivityWord": "telephony.activity.models.AgentState",
        "CallOutcomeWord": "telephony.calls.models.CallOutcome",
        "RecordingStateWord": "telephony.recordings.models.RecordingState",
        "RecordingProblemWord": "telephony.recordings.models.Problem",
        "VisitOutcomeWord": "telephony.calls.models.VisitOutcome",
        "CallStateWord": "callcenter.dashboard.api.CALL_STATES",
        "CallbackStateWord": "telephony.callbacks.models.CallbackState",
        "WebhookStateWord": "telephony.subscriptions.models.WebhookState",
        "NumberKindWord": "phonebook.naming.api.KINDS",
        "ReportRunStateWord": "reports.schedules.models.RunState",
        "ReportDeliveryStateWord": "reports.schedules.models.DeliveryState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- addresses that companies name (webhooks, directories) ------------------------------------
# networks besides the public internet that they may reach, as "10.1.2.0/24,fd00::/8"
OUTBOUND_ALLOWED = read_list("HELIN_OUTBOUND_ALLOWED", "")

# --- mail ------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = read("HELIN_MAIL_FROM", "Helin <helin@localhost>")
# "bounces@example.com": undeliverable reports come back to bounces+TOKEN@example.com
MAIL_BOUNCES = read("HELIN_MAIL_BOUNCES", "")
EMAIL_HOST = read("HELIN_SMTP_HOST", "")
EMAIL_TIMEOUT = 20
if EMAIL_HOST:
    EMAIL_PORT = read_int("HELIN_SMTP_PORT", 587)
    EMAIL_HOST_USER = read("HELIN_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = read("HELIN_SMTP_PASSWORD", "")
    EMAIL_USE_TLS = read_flag("HELIN_SMTP_TLS", default=True)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

# --- words and time --------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("et", _("Estonian")), ("de", _("German")), ("it", _("Italian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["callcenter.formats"]
TIME_ZONE = "UTC"

# --- telephony -------------------------------------------------------------------------------
# where this PBX host keeps what Asterisk plays and writes; only the listener and ledger use it
CLIP_DIR = Path(read("HELIN_CLIP_DIR", str(DATA_DIR / "clips")))
ASTERISK_LOG_DIR = Path(read("HELIN_ASTERISK_LOG_DIR", str(DATA_DIR / "asterisk" / "log")))
RECORDING_SPOOL = Path(
    read("HELIN_RECORDING_SPOOL", str(DATA_DIR / "asterisk" / "spool" / "monitor"))
)
# where recordings are kept: a folder that all processes see, or s3://bucket/folder
RECORDING_STORAGE = read("HELIN_RECORDING_STORAGE", str(DATA_DIR / "recordings"))
RECORDING_KEY = read_optional("HELIN_RECORDING_KEY") or ""
S3_ENDPOINT = read("HELIN_S3_ENDPOINT", "")
S3_REGION = read("HELIN_S3_REGION", "")
S3_ACCESS_KEY = read_optional("HELIN_S3_ACCESS_KEY") or ""
S3_SECRET_KEY = read_optional("HELIN_S3_SECRET_KEY") or ""
SIP_REALM = read("HELIN_SIP_REALM", "helin")
SIP_SERVER = read("HELIN_SIP_SERVER", "127.0.0.1:5060")
# the phonebook for phones by LDAP (`manage.py run_directory`); 0: not served
LDAP_PORT = read_int("HELIN_LDAP_PORT", 0)
LDAP_BIND = read("HELIN_LDAP_BIND", "127.0.0.1" if IN_DEVELOPMENT else "0.0.0.0")  # noqa: S104
LDAP_CERTIFICATE = read("HELIN_LDAP_CERTIFICATE", "")  # with its chain, PEM; phones then use LDAPS
LDAP_KEY = read("HELIN_LDAP_KEY", LDAP_CERTIFICATE)
DEMO_CARRIER = read("HELIN_DEMO_CARRIER", "127.0.0.2:5080")  # plays the outside world
METRICS_TOKEN = read_optional("HELIN_METRICS_TOKEN")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": read("HELIN_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # a line for each tick of each second would bury the others
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
