"""The second factor: when it is asked for, and how its secrets are kept."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client
from django.utils import timezone

from voxpop.accounts.actions import sign_up
from voxpop.accounts.factors import has_second_factor
from voxpop.accounts.models import User

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ann() -> User:
    return sign_up(email="ann@example.org", name="Ann")


def add(user: User, *kinds: str) -> None:
    for kind in kinds:
        Authenticator.objects.create(user=user, type=kind, data={})


def code_now() -> str:
    return format_hotp_value(hotp_value(SECRET, int(timezone.now().timestamp()) // 30))


@pytest.mark.parametrize(
    ("kinds", "is_on"),
    [
        ((), False),
        (("totp",), True),
        (("webauthn",), False),
        (("webauthn", "recovery_codes"), True),
        (("recovery_codes",), False),
    ],
)
def test_it_is_on_when_it_can_be_lost_without_harm(ann, kinds, is_on):
    add(ann, *kinds)
    assert has_second_factor(ann) is is_on


def test_of_one_kind_it_is_asked_whether_he_has_that(ann):
    add(ann, "webauthn", "recovery_codes")
    adapter = get_adapter()
    assert adapter.is_mfa_enabled(ann, ["webauthn"])
    assert not adapter.is_mfa_enabled(ann, ["totp"])
    assert adapter.is_mfa_enabled(ann, ["totp", "webauthn"])


def test_a_passkey_alone_proves_its_owner_before_something_changes(ann):
    """He has no password; without this nothing would be asked of a stolen session."""
    add(ann, "webauthn")
    client = Client()
    client.force_login(ann, backend=settings.AUTHENTICATION_BACKENDS[0])
    led = client.get("/accounts/2fa/recovery-codes/generate/")
    assert "/reauthenticate/" in led["Location"]


def test_the_secrets_are_sealed(ann):
    app = TOTP.activate(ann, SECRET)
    assert SECRET not in str(app.instance.data)
    assert app.validate_code(code_now())


def test_with_another_secret_key_no_code_fits(ann, settings):
    app = TOTP.activate(ann, SECRET)
    settings.SECRET_KEY = "another" * 8
    assert not app.validate_code(code_now())


def test_the_picture_is_ours_and_nothing_else(ann):
    svg = get_adapter().build_totp_svg("otpauth://totp/ann?secret=x")
    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert "href" not in svg
