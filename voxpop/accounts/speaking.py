"""In which language somebody is led in: that of the comments he comes from, else his own.

Only these pages speak it. All others of ours are English, and what is shared never gets here.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import override
from django.utils.translation.trans_real import parse_accept_lang_header

from voxpop.accounts.models import User
from voxpop.accounts.words import known

COOKIE = "__Host-lang" if settings.IS_HTTPS else "lang"
REMEMBERED = 60 * 60  # seconds: to the mailbox and back
# By the names of their URLs.
DOORS = {
    *("connect", "full_page", "sign_in_link", "identity_start", "identity_back", "identity_link"),
    *("account_login", "account_signup", "account_signup_by_passkey", "socialaccount_signup"),
    *("account_request_login_code", "account_confirm_login_code", "account_inactive"),
    *("account_email_verification_sent", "account_confirm_email", "account_reauthenticate"),
    *("account_reset_password", "account_confirm_password_reset_code"),
    *("account_complete_password_reset", "account_password_reset_completed"),
    *("mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("mfa_signup_webauthn", "mfa_login_webauthn"),
}
# Where Django and allauth call a language otherwise.
CATALOGUES = {"pt": "pt-pt", "zh": "zh-hans"}


class SpeaksAtTheDoor:
    """Middleware: the pages and mails of signing in and up are in `language_for` whoever asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_door(request.path_info):
            return self.get_response(request)
        language = language_for(request)
        with override(CATALOGUES.get(language, language)):
            response = self.get_response(request)
        response.headers["Content-Language"] = language
        if asked := known(request.GET.get("lang")):
            response.set_cookie(
                COOKIE,
                asked,
                max_age=REMEMBERED,
                secure=settings.IS_HTTPS,
                httponly=True,
                samesite="Lax",
            )
        return response


def language_for(request: HttpRequest) -> str:
    """That of the comments he comes from, else the one he chose, else what his browser asks for."""
    if came := known(request.GET.get("lang")) or known(request.COOKIES.get(COOKIE)):
        return came
    if isinstance(request.user, User) and (chosen := known(request.user.language)):
        return chosen
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return next((language for each, _ in asked if (language := known(each))), "en")


def _is_door(path: str) -> bool:
    if not path.startswith("/accounts/"):
        return False
    try:
        return resolve(path).url_name in DOORS
    except Resolver404:
        return False
