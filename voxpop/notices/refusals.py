"""Addresses that mail is not sent to any more: they do not take it, or their readers complained."""

from collections.abc import Collection
from datetime import datetime

from django.utils.crypto import salted_hmac

from voxpop.notices.models import Refusal


def refuse(address: str, why: str) -> None:
    """Nothing more is mailed there; the first reason stands."""
    Refusal.objects.get_or_create(digest=_digest(address), defaults={"why": why[:20]})


def refusal_of(address: str) -> Refusal | None:
    """Why nothing is mailed there; None: it is."""
    return Refusal.objects.filter(digest=_digest(address)).first() if address else None


def is_refused(address: str) -> bool:
    """Whether nothing is to be mailed there."""
    return Refusal.objects.filter(digest=_digest(address)).exists()


def those_refused(addresses: Collection[str]) -> set[str]:
    """Where of these nothing is to be mailed; one query."""
    digests = {address: _digest(address) for address in addresses}
    rows = Refusal.objects.filter(digest__in=digests.values())
    refused = set(rows.values_list("digest", flat=True))
    return {address for address, digest in digests.items() if digest in refused}


def take_again(address: str) -> None:
    """Whose address it is says that it takes mail."""
    Refusal.objects.filter(digest=_digest(address)).delete()


def forget_old_refusals(before: datetime) -> None:
    """It is tried again after so long."""
    Refusal.objects.filter(since__lt=before).delete()


def _digest(address: str) -> str:
    key = salted_hmac("voxpop.notices.refusals", address.strip().casefold(), algorithm="sha256")
    return key.hexdigest()
