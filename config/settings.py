"""Django's settings, all derived from ``config.environment``."""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from config.database import database_settings
from config.environment import WrongSetting, read_environment
from config.logs import configure_logging
from core.live import LAYER_PREFIX, layer_host

ENV = read_environment()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = ENV.data.resolve()

_secret_file = DATA_DIR / "secret_key"
try:
    SECRET_KEY = ENV.secret_key or _secret_file.read_text().strip()
    if not SECRET_KEY:
        raise WrongSetting(
            f"STREAMIT_DATA: {_secret_file} is empty; remove it for a new one, by which everyone"
            " signs in again"
        )
except FileNotFoundError:
    SECRET_KEY = ""
except OSError as error:
    raise WrongSetting(f"STREAMIT_DATA: cannot read {_secret_file}: {error.strerror}") from None
except ValueError:
    raise WrongSetting(f"STREAMIT_DATA: {_secret_file} holds no text") from None
if SECRET_KEY and len(SECRET_KEY) < 32:
    raise WrongSetting("STREAMIT_SECRET_KEY: must be at least 32 characters")
DEBUG = False

PUBLIC_URL = str(ENV.public_url).rstrip("/") if ENV.public_url else ""
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ENV.hosts]
if _public.hostname:
    ALLOWED_HOSTS.append(_public.hostname)
HTTPS = _public.scheme == "https"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
# Browsers that have come by https once do so from then on (RFC 6797).
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
TRUSTED_PROXY = ENV.trusted_proxy
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "channels",
    "core",
    "accounts",
    "library",
    "processing",
    "webhooks",
    "rooms",
    "config",
]
MIDDLEWARE = [
    "config.errors.one_error_shape",
    "config.middleware.SecurityMiddleware",
    "config.middleware.CookieNames",
    "config.middleware.SessionMiddleware",
    "config.middleware.CommonMiddleware",
    "config.middleware.CsrfViewMiddleware",
    "config.middleware.AuthenticationMiddleware",
    "config.middleware.MessageMiddleware",
    "config.middleware.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WEB_DIST = BASE_DIR / "web" / "dist"
STATIC_URL = "/admin/static/"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # All there are are the admin site's.
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
PASSWORD_HASHERS = ["core.passwords.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.new_passwords.VariedPasswordValidator"},
]

DATABASES = {
    "default": database_settings(ENV.database_url or f"sqlite:///{DATA_DIR / 'streamit.sqlite3'}")
}

REDIS_URL = ENV.redis_url or f"unix://{DATA_DIR / 'valkey' / 'valkey.sock'}"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [layer_host(REDIS_URL)], "prefix": LAYER_PREFIX},
    }
}

SIGN_UP = ENV.sign_up
GUESTS = ENV.what_guests_may_do()

SERVER = ENV.server
METRICS_NETWORKS = [ip_network(each) for each in ENV.metrics_networks]
METRICS_TOKEN = ENV.metrics_token
RATE_LIMITS = ENV.rate_limits
GRACE = ENV.grace
IDLE = ENV.idle
GUEST_EXPIRY = ENV.guest_expiry
ROOM_EXPIRY = ENV.room_expiry
PRESENCE_LEASE = ENV.presence_lease
MAX_CAPACITY = ENV.max_capacity
MAX_UPLOAD_BYTES = ENV.max_upload_bytes
VIDEO_STORAGES = ENV.storages
VIDEO_STORAGE_OPTIONS = ENV.storage_options(
    data=DATA_DIR,
    link_max_bytes=ENV.max_upload_bytes,
    own_hosts=[host.strip("[]").lower() for host in ALLOWED_HOSTS if host[0] not in ".*"],
)
MAX_OWNER_BYTES = ENV.max_owner_bytes
DISK_RESERVE_BYTES = ENV.disk_reserve_bytes
MAX_ADDRESS_BYTES = ENV.max_address_bytes
MAX_GUESTS_BYTES = ENV.max_guests_bytes
MAX_DURATION = ENV.max_duration
UPLOAD_EXPIRY = ENV.upload_expiry
UPLOAD_LEASE = ENV.upload_lease
MEDIA_TOKEN_TTL = ENV.media_token_ttl
FFMPEG = ENV.ffmpeg
LADDER = ENV.ladder
JOB_LEASE = ENV.job_lease
PROCESSOR = ENV.processor_options()
SCRATCH = ENV.scratch_folder(data=DATA_DIR, secret_key=SECRET_KEY, database=DATABASES["default"])
NGINX_SENDS_FILES = ENV.nginx_sends_files
ACCESS_TOKEN_TTL = ENV.access_token_ttl
PLAYBACK_SOURCES = ENV.playback_sources
VIDKING_URL = str(ENV.vidking_url).rstrip("/")
YOUTUBE_URL = str(ENV.youtube_url).rstrip("/")
VIMEO_URL = str(ENV.vimeo_url).rstrip("/")
TITLES = ENV.titles

LOGGING_CONFIG = None
configure_logging(level=ENV.log_level, as_json=ENV.log_format == "json", file=ENV.log_path)
