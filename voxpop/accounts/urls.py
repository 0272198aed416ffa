"""Signing in and up on our own origin, under /accounts/. Private, first-party cookies."""

from allauth.account import views as allauth
from django.urls import include, path

from voxpop.accounts.views import connect, evened, sign_in_link

urlpatterns = [
    path("connect/", connect, name="connect"),
    path("link/<str:secret>", sign_in_link, name="sign_in_link"),
    # The forms that could tell whether an address has an account.
    path("login/", evened(allauth.login), name="account_login"),
    path("signup/", evened(allauth.signup), name="account_signup"),
    path("password/reset/", evened(allauth.password_reset), name="account_reset_password"),
    path("login/code/", evened(allauth.request_login_code), name="account_request_login_code"),
    path("signup/passkey/", evened(allauth.signup_by_passkey), name="account_signup_by_passkey"),
    path("2fa/", include("allauth.mfa.urls")),
    path("", include("allauth.account.urls")),
]
