"""Where mail goes: from VOXPOP_EMAIL_URL to what Django and anymail want to be told."""

from typing import Any
from urllib.parse import SplitResult, unquote

# A mail server that says nothing for so many seconds is away.
PATIENCE = 10
# Providers whose interface and whose reports of bounces are spoken (by django-anymail), and what
# each calls the parts of the address: its user, its password, its host.
PROVIDERS = {
    "brevo": ("BREVO_API_KEY", "", ""),
    "mailgun": ("MAILGUN_API_KEY", "", "MAILGUN_SENDER_DOMAIN"),
    "mailjet": ("MAILJET_API_KEY", "MAILJET_SECRET_KEY", ""),
    "postmark": ("POSTMARK_SERVER_TOKEN", "", ""),
    "sparkpost": ("SPARKPOST_API_KEY", "", ""),
}
WAYS = "smtp://user:password@host:port, smtps://…, file:/folder, console:, or a provider's key: "
WAYS += ", ".join(f"{name}://KEY@{'DOMAIN' if name == 'mailgun' else ''}" for name in PROVIDERS)


def mail_settings(url: SplitResult, webhook_secret: str) -> dict[str, Any]:
    """Django's settings; empty for an address that says nothing known."""
    if url.scheme in {"smtp", "smtps"}:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": url.hostname or "localhost",
            "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 25),
            "EMAIL_HOST_USER": unquote(url.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
            "EMAIL_USE_SSL": url.scheme == "smtps",
            "EMAIL_TIMEOUT": PATIENCE,
        }
    if url.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": url.path,
        }
    if url.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if url.scheme in PROVIDERS:
        parts = zip(PROVIDERS[url.scheme], (url.username, url.password, url.hostname), strict=True)
        return {
            "EMAIL_BACKEND": f"anymail.backends.{url.scheme}.EmailBackend",
            "ANYMAIL": {
                **{name: unquote(value or "") for name, value in parts if name},
                "REQUESTS_TIMEOUT": PATIENCE,
                "WEBHOOK_SECRET": webhook_secret,
                # A mail of ours fetches nothing when it is read, and nobody counts its clicks.
                "SEND_DEFAULTS": {"track_opens": False, "track_clicks": False},
                "IGNORE_UNSUPPORTED_FEATURES": True,
            },
        }
    return {}
