"""The second factor: what stands beside a password, and when it is asked for."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from io import BytesIO

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from qrcode.image.svg import SvgPathImage

from voxpop.accounts.models import User
from voxpop.accounts.speaking import at_home, speaking
from voxpop.words import say

Type = Authenticator.Type


class FactorsAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Where allauth asks us about second factors."""

    def is_mfa_enabled(
        self, user: User | AnonymousUser, types: Iterable[str] | None = None
    ) -> bool:
        """Of one kind: whether he can prove himself by it. Of any: `has_second_factor`."""
        if not isinstance(user, User):
            return False
        asked = set(types or ())
        if len(asked) == 1:
            return bool(Authenticator.objects.filter(user_id=user.pk, type__in=asked).exists())
        return has_second_factor(user)

    def encrypt(self, text: str) -> str:
        """A stolen table opens nothing: the key to these secrets is not in the database."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What nobody can read any more (another secret key) is a secret that nobody knows."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """Drawn in the colour of the text around it, for a page that puts it on white."""
        drawn = qrcode.make(url, image_factory=SvgPathImage, border=2, box_size=10)
        buffer = BytesIO()
        drawn.save(buffer)
        svg = buffer.getvalue().decode()
        return svg[svg.index("<svg") :]

    def generate_authenticator_name(self, user: User, type: str) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"


def has_second_factor(user: User) -> bool:
    """Whether a second factor is asked of him: he has one, and recovery codes for the day on which
    it is lost. A passkey alone only opens; a mailed code opens beside it."""
    kinds = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    return Type.TOTP in kinds or {Type.WEBAUTHN, Type.RECOVERY_CODES} <= kinds


def lead_to_second_factor(request: HttpRequest) -> HttpResponse:
    """To the page where one is set up, with the reason."""
    with speaking(at_home(request)):  # it is read on the next page
        messages.warning(request, say("factor_asked"))
    return redirect("mfa_index")


def _box() -> Fernet:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"voxpop.factors")
    return Fernet(base64.urlsafe_b64encode(key.digest()))
