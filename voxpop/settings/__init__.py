"""Django's settings, filled from the environment by the readers in `environment.py`."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from voxpop.settings.databases import database, kept_address, replica
from voxpop.settings.environment import (
    SettingsError,
    addresses,
    declare,
    folder,
    hosts,
    matching,
    named_folders,
    one_of,
    origin,
    redis_server,
    switch,
    whole,
    word,
    words,
)
from voxpop.settings.mail import WAYS, mail_settings
from voxpop.settings.running import address_of_stack
from voxpop.settings.ways import ways_in

PACKAGE = Path(__file__).resolve().parent.parent

DATA = declare("DATA", folder, "./data", "The folder of the database, secrets and logs.")
DATABASE = declare(
    "DATABASE",
    word,
    kept_address(DATA),
    "The PostgreSQL to use, postgres://user:password@host:5432/name; empty: the stack's own where "
    "DATA has one, else SQLite in DATA.",
)
DATABASE_REPLICA = declare(
    "DATABASE_REPLICA",
    word,
    "",
    "A PostgreSQL that follows it: pages are read there while it stands where the first does.",
)
LEDGER = (
    declare(
        "LEDGER",
        lambda text: folder(text) if text else None,
        "",
        "The folder of what a restored backup must be told again; empty: DATA/ledger.",
    )
    or DATA / "ledger"
)
HOST = declare(
    "HOST",
    origin,
    address_of_stack(DATA) or "http://localhost:8000",
    "The public address of this server, as browsers reach it: https://comments.example.org."
    " While a stack runs on DATA, that of the stack.",
)
EXTRA_HOSTS = declare(
    "EXTRA_HOSTS", words, "", "More host names that may reach this server, separated by commas."
)
FONTS = declare(
    "FONTS",
    lambda text: [folder(part) for part in words(text)],
    "/usr/share/fonts",
    "Folders with the fonts that pictures of shared comments are drawn with, separated by commas; a"
    " comment with letters that none of them has gets no picture.",
)
DEBUG = declare("DEBUG", switch, "off", "Show tracebacks to browsers: on only while developing.")
FORUM_CREATION = declare(
    "FORUM_CREATION",
    one_of("open", "invitation", "closed"),
    "open",
    "Who may create a forum: open (anybody with an account), invitation, closed (operators).",
)
LIMITS = declare("LIMITS", switch, "on", "Rate limits; off only for measuring on loopback.")
TRUSTED_PROXIES = declare(
    "TRUSTED_PROXIES",
    whole,
    "0",
    "How many proxies of yours stand in front; that many entries of X-Forwarded-For are believed.",
)
ADDRESS_DAYS = declare(
    "ADDRESS_DAYS",
    whole,
    "30",
    "So many days a comment's network is kept; a whole address never is.",
)
ERASURE_DAYS = declare(
    "ERASURE_DAYS",
    whole,
    "7",
    "So many days after somebody asked he is erased; until then he may call it off.",
)
EMAIL_URL = declare("EMAIL_URL", word, "console:", f"Where mail goes: {WAYS}.")
MAIL_WEBHOOK_SECRET = declare(
    "MAIL_WEBHOOK_SECRET",
    word,
    "",
    "`NAME:PASSWORD` under which a mail provider reports bounces and complaints to /hooks/mail/ (as"
    " https://NAME:PASSWORD@HOST/hooks/mail/); without it there is no such address.",
)
EMAIL_FROM = declare("EMAIL_FROM", word, "Voxpop <voxpop@localhost>", "The sender of our mail.")
BOUNCES = declare(
    "BOUNCES",
    matching(r"([\w.-]+@[\w.-]+)?", "one address, without a + in it"),
    "",
    "A mailbox whose mail is given to `voxpop mail bounces`: notices by SMTP have it as their"
    " envelope sender, with a name of their own behind a +.",
)
WAYS_IN = ways_in()
MASTODON = declare(
    "MASTODON",
    switch,
    "off",
    "Offers “Continue with Mastodon”: this server registers itself at whatever host is typed.",
)
FETCH_PRIVATE = declare(
    "FETCH_PRIVATE",
    switch,
    "off",
    "Let the snippet check fetch pages on private addresses: on only for a demo on loopback.",
)
SNAPSHOT_MEGABYTES = declare(
    "SNAPSHOT_MEGABYTES",
    whole,
    "64",
    "Memory for pages that are kept whole in this process; 0 joins every page from its fragments.",
)
HELD_PLACES = declare(
    "HELD_PLACES",
    whole,
    "1500",
    "At so many places of threads this process holds readers; beyond it they are told to poll. All"
    " processes behind the same edge nodes together: 1500, by which a node's threads are counted.",
)
REDIS = declare(
    "REDIS",
    redis_server,
    "",
    "Redis, for what several machines share and may lose: redis://host:6379/0 (rediss:// with TLS)",
)
MEMCACHED = declare(
    "MEMCACHED",
    hosts,
    "",
    "The memcached nodes for pages that machines share: 10.0.0.7:11211,10.0.0.8:11211",
)
CASSANDRA = declare(
    "CASSANDRA",
    hosts,
    "",
    "Nodes of Cassandra, for timelines and figures: 10.0.0.7:9042,10.0.0.8:9042; empty: in SQL.",
)
CASSANDRA_KEYSPACE = declare(
    "CASSANDRA_KEYSPACE",
    matching(r"[a-z][a-z0-9_]{0,47}", "write small letters, digits and underscores"),
    "voxpop",
    "The keyspace in Cassandra, made at the first start.",
)
CASSANDRA_JARS = declare(
    "CASSANDRA_JARS",
    folder,
    "~/.cache/voxpop/cassandra",
    "Where what a Cassandra node of the stack or of the tests is made of is kept (67 MB).",
)
EDGE_NODES = declare(
    "EDGE_NODES",
    addresses,
    "",
    "The purge listeners of the edge nodes, separated by commas: http://10.0.0.5:6091",
)
EDGE_SECRET = declare(
    "EDGE_SECRET", word, "", "What the edge nodes and this server know, and nobody else."
)
EDGE_TRANSPORT = declare(
    "EDGE_TRANSPORT",
    one_of("xkey", "ban"),
    "xkey",
    "How a node finds what a purge means: xkey, or ban where its Varnish has no vmod_xkey.",
)
# Its own check, not a reader: what a reader refuses is printed.
if (EDGE_NODES or EDGE_SECRET) and not re.fullmatch(r"[\w.~+/=-]{32,200}", EDGE_SECRET, re.ASCII):
    _wrong = "is too short, or cannot stand in a header" if EDGE_SECRET else "is not set"
    raise SettingsError(
        f"VOXPOP_EDGE_SECRET {_wrong}: write 32 to 200 random letters and digits, the same here "
        "and at every edge node of VOXPOP_EDGE_NODES."
    )
METRICS_TOKEN = declare(
    "METRICS_TOKEN",
    word,
    "",
    "Who sends this as a bearer token may read /metrics; without it only this machine may.",
)
METRICS_VARNISH = declare(
    "METRICS_VARNISH",
    named_folders,
    "",
    "Edge nodes of this machine for /metrics, NAME=FOLDER (of varnishd -n), with commas.",
)
LOG_LEVEL = declare(
    "LOG_LEVEL", one_of("debug", "info", "warning", "error"), "info", "How much is logged."
)


def _kept(name: str, help: str) -> str:
    """A secret from the environment, or one kept in the data folder since the first start."""
    kept = DATA / name.lower()
    default = kept.read_text().strip() if kept.exists() else ""
    key: str = declare(name, word, default, f"{help}; made at first start.")
    if not key:
        import secrets

        # Of 32 random bytes each is a key of P-256 too, but for fewer than one in 2**32.
        key = secrets.token_urlsafe(48 if name == "SECRET_KEY" else 32)
        DATA.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(key)
        except FileExistsError:
            # Two processes started at once on a new data folder: the first one's key counts.
            key = kept.read_text().strip()
    if len(key) < 32:
        raise SettingsError(f"VOXPOP_{name} is too short: write at least 32 random characters.")
    return key


SECRET_KEY = _kept("SECRET_KEY", "A long random text that signs tokens")
PUSH_KEY = _kept(
    "PUSH_KEY",
    "The private key that pushes to browsers are signed with (VAPID): 32 bytes as base64url, the"
    " same on every machine. A new one ends every push until its reader turns it on again",
)
HOST_NAME = urlsplit(HOST).hostname or "localhost"
IS_HTTPS = HOST.startswith("https://")
ALLOWED_HOSTS = [HOST_NAME, *EXTRA_HOSTS]
if HOST_NAME in {"localhost", "127.0.0.1"}:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "voxpop.accounts",  # before allauth, whose templates it dresses
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "voxpop.identities",
    "voxpop.events",
    "voxpop.limits",
    "voxpop.mails",
    "voxpop.forums",
    "voxpop.screening",
    "voxpop.threads",
    "voxpop.moderation",
    "voxpop.transfer",
    "voxpop.timelines",
    "voxpop.notices",
    "voxpop.people",
    "voxpop.profiles",
    "voxpop.sso",
    "voxpop.claims",
    "voxpop.privacy",
    "voxpop.analytics",
    "voxpop.trending",
    "voxpop.realtime",
    "voxpop.embed",
    "voxpop.home",
    "voxpop.pages",
    "voxpop",
]

# Shared answers leave at SharedFirst, before anything that reads a cookie (DESIGN 1, SAFETY T20).
MIDDLEWARE = [
    "voxpop.edge.middleware.PrivateByDefault",
    "voxpop.edge.middleware.SharedFirst",
    "voxpop.accounts.first_party.CookieWritesFromHereOnly",
    "voxpop.accounts.first_party.BearerFirst",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "voxpop.accounts.speaking.Speaks",
    "voxpop.accounts.browsers.NotesBrowsers",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "voxpop.urls"
PUBLIC_PATTERNS = "voxpop.urls.public"
WSGI_APPLICATION = "voxpop.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": database("VOXPOP_DATABASE", DATABASE, DATA)}
if DATABASE_REPLICA:
    DATABASES["replica"] = replica("VOXPOP_DATABASE_REPLICA", DATABASE_REPLICA, DATABASE)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["voxpop.accounts.sessions.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/home/"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# A code from a mail proves the address, in the popup too. Where no mail leaves the house nobody
# could prove one, so that accounts open at once (and an address taken has to be told).
SENDS_MAIL = not EMAIL_URL.startswith("console:")
# Who gives no password signs in by a code from a mail, or by a passkey.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1" if SENDS_MAIL else "password1*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SENDS_MAIL else "optional"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = SENDS_MAIL
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
# Seconds, and three tries, as allauth has it. A mailbox that puts off whom it does not know
# (greylisting) takes a mail after five minutes.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 900
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USER_DISPLAY = "voxpop.accounts.adapter.display"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_ADAPTER = "voxpop.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "voxpop.accounts.forms.SignupForm"}
SOCIALACCOUNT_ADAPTER = "voxpop.identities.adapter.IdentityAdapter"
SOCIALACCOUNT_FORMS = {"signup": "voxpop.identities.forms.SignupForm"}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
# allauth's, and so many mails an hour: by the minute alone one address gets hundreds (SAFETY R17).
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = LIMITS and {
    "confirm_email": "1/10s/key,10/h/key",
    "reset_password": "20/m/ip,5/m/key,10/h/key",
    "request_login_code": "20/m/ip,3/m/key,20/h/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = SENDS_MAIL
MFA_ADAPTER = "voxpop.accounts.factors.FactorsAdapter"
MFA_TOTP_ISSUER = HOST_NAME
MFA_ALLOW_UNVERIFIED_EMAIL = not SENDS_MAIL
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
MFA_RATE_LIMITS: dict[str, str] | bool = {} if LIMITS else False

SESSION_ENGINE = "voxpop.accounts.sessions"
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"  # docs/decisions/0232
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "voxpop.accounts.notes.NoteStorage"
CSRF_TRUSTED_ORIGINS = [HOST]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "voxpop.edge.static.HashedStorage"},
}

LANGUAGE_CODE = "en"
# What our own pages speak unless accounts/speaking names them; the embed's languages are its own
# (embed/words).
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Allauth counts attempts to sign in and up here; what we keep ourselves is in voxpop/cache.
CACHES = {
    "default": {
        "BACKEND": "voxpop.limits.attempts.SharedAttempts"
        if REDIS
        else "django.core.cache.backends.locmem.LocMemCache"
    }
}

_mail = mail_settings(urlsplit(EMAIL_URL), MAIL_WEBHOOK_SECRET)
if not _mail:
    raise SettingsError(f"VOXPOP_EMAIL_URL must be one of {WAYS}")
globals().update(_mail)
DEFAULT_FROM_EMAIL = EMAIL_FROM

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "voxpop.logs.line_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL.upper()},
}
