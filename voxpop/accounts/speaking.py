"""In which language our own pages speak: at the door that of the comments somebody comes from, and
in what is his own the one that he chose.

Only the pages named here speak it, and the desk. All others of ours are English, and what is shared
never gets here.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import override
from django.utils.translation.trans_real import parse_accept_lang_header

from voxpop.accounts.models import User
from voxpop.words import known

COOKIE = "__Host-lang" if settings.IS_HTTPS else "lang"
REMEMBERED = 60 * 60  # seconds: to the mailbox and back
# By the names of their URLs.
DOORS = {
    *("connect", "full_page", "sign_in_link", "identity_start", "identity_back", "identity_link"),
    *("account_login", "account_signup", "account_signup_by_passkey", "socialaccount_signup"),
    *("account_request_login_code", "account_confirm_login_code", "account_inactive"),
    *("account_email_verification_sent", "account_confirm_email"),
    *("account_reset_password", "account_confirm_password_reset_code"),
    *("account_complete_password_reset", "account_password_reset_completed"),
    *("mfa_authenticate", "mfa_signup_webauthn", "mfa_login_webauthn"),
    *("sso_out", "sso_back"),
}
# What somebody without an account comes to from the comments.
GUESTS = {"guest_privacy", "find_me"}
# What is one's own, below /home/.
OWN = {
    *("home", "my_comments", "my_conversation", "change_mine", "delete_mine"),
    *("my_feed", "my_votes", "my_watched", "my_people", "inbox", "inbox_read"),
    *("my_account", "my_sign_ins", "sign_out_everywhere", "notice_settings", "turn_on_pushes"),
    *("turn_off_pushes", "my_profile", "my_avatar", "my_persona", "follow_profile"),
    *("my_privacy", "ask_takeout", "erase_me", "stay", "my_claims", "my_imported", "my_merge"),
}
# What an owner does with his forum; files that he takes with him stay English.
OWNERS = {
    *("new_forum", "join", "forum", "forum_install", "forum_settings", "forum_sites", "drop_site"),
    *("forum_people", "drop_member", "forum_sso", "new_sso_key", "retire_sso_key"),
    *("imports", "import", "start_import", "discard_import", "skipped", "figures", "wipe"),
}
# And how one signs in, changed by who is in.
WAYS_IN = {
    *("account_logout", "account_email", "account_change_password", "account_set_password"),
    *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
    *("mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn"),
    *("mfa_remove_webauthn", "mfa_edit_webauthn", "socialaccount_connections"),
}
AT_HOME = OWN | OWNERS | WAYS_IN
# All pages of the desk; and what it asks in the background, where somebody signed in reads the
# refusals. Programs with a token read English.
DESK, ASKED_BY_DESK = ("moderate:", "activity"), "/api/v1/moderation/"
BELOW = ("/accounts/", "/home/", "/privacy/", "/moderate/")
# Where Django and allauth call a language otherwise.
CATALOGUES = {"pt": "pt-pt", "zh": "zh-hans"}


class Speaks:
    """Middleware: the pages and mails of signing in and up, and a guest's page of his data, are in
    `at_the_door` whoever asks, and one's own pages, forums and desk in `at_home`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = _page(request.path_info)
        if page in AT_HOME or page.startswith(DESK) or _is_asked_by_desk(request):
            return self._in(at_home(request), request)
        if page not in DOORS and page not in GUESTS:
            return self.get_response(request)
        response = self._in(at_the_door(request), request)
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

    def _in(self, language: str, request: HttpRequest) -> HttpResponse:
        with speaking(language):
            response = self.get_response(request)
        response.headers["Content-Language"] = language
        return response


def speaking(language: str) -> AbstractContextManager[None]:
    """Whatever is said within it is in this language."""
    return override(CATALOGUES.get(language, language))


def at_the_door(request: HttpRequest) -> str:
    """That of the comments he comes from, else the one he chose, else what his browser asks for."""
    came = known(request.GET.get("lang")) or known(request.COOKIES.get(COOKIE))
    return came or _chosen(request) or _asked(request)


def at_home(request: HttpRequest) -> str:
    """The one he chose, else that of the comments he came from within the hour, else what his
    browser asks for."""
    return _chosen(request) or known(request.COOKIES.get(COOKIE)) or _asked(request)


def _chosen(request: HttpRequest) -> str | None:
    return known(request.user.language) if isinstance(request.user, User) else None


def _asked(request: HttpRequest) -> str:
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return next((language for each, _ in asked if (language := known(each))), "en")


def _is_asked_by_desk(request: HttpRequest) -> bool:
    return request.path_info.startswith(ASKED_BY_DESK) and isinstance(request.user, User)


def _page(path: str) -> str:
    """Its name, if it may be one of those that speak, else ""."""
    if not path.startswith(BELOW):
        return ""
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""
