"""What the mail provider reports later, bounces and complaints; its secret says that it is he."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from voxpop.notices.refusals import refuse

# Of "rejected": what says something of the address, not of us or of this mail.
OF_THE_ADDRESS = {"invalid", "bounced", "spam", "unsubscribed"}
ENDS_MAIL = {"bounced": "bounced", "complained": "complained", "unsubscribed": "complained"}


@csrf_exempt
def mail_report(request: HttpRequest) -> HttpResponse:
    """In the form of whichever provider the mail goes by; 404 where that is none, or no secret was
    agreed."""
    provider, _, name = settings.EMAIL_BACKEND.partition(".backends.")
    if provider != "anymail" or not settings.MAIL_WEBHOOK_SECRET:
        raise Http404
    answer: HttpResponse = _view_of(name.partition(".")[0])(request)
    return answer


class _Heard:
    """In the place of anymail's signal: who reacts is said here and nowhere else."""

    def send(self, *, event: Any, **_: Any) -> None:
        kind = event.event_type
        if kind == "rejected" and event.reject_reason in OF_THE_ADDRESS:
            refuse(event.recipient, "rejected")
        elif kind in ENDS_MAIL and event.recipient:
            refuse(event.recipient, ENDS_MAIL[kind])


@cache
def _view_of(provider: str) -> Callable[..., HttpResponse]:
    module = import_module(f"anymail.webhooks.{provider}")
    tracking = next(
        found
        for name, found in vars(module).items()
        if name.lower() == f"{provider}trackingwebhookview"
    )
    view: Callable[..., HttpResponse] = tracking.as_view(signal=_Heard())
    return view
