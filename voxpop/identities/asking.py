"""How allauth speaks to a provider: through our one client, within a time, and not at all while the
provider is known to hang.

allauth asks its adapter for a `requests.Session`. It gets `Asking`, which has as much of one as the
providers of `provider.py` use and sends everything through `voxpop/outbound.py`.
"""

import base64
import functools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode

import orjson

from voxpop.breaker import Breaker
from voxpop.outbound import Fetched, Question, Unreachable, send

# One question, and all questions of one step of signing in.
SECONDS = 5.0
SECONDS_IN_ALL = 8.0


class ProviderAway(Exception):
    """A provider gave no answer, or none in time."""


class ProviderLied(Exception):
    """A provider's answer cannot be believed, or is a refusal."""


@dataclass
class Talk:
    """One step of signing in: with whom we speak, and until when."""

    name: str
    is_inside: bool = False
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS_IN_ALL)


_talk: ContextVar[Talk] = ContextVar("talk")


@contextmanager
def talking_to(name: str, *, is_inside: bool = False) -> Iterator[None]:
    """Allow questions to this provider. Raises ProviderAway at once while it is left alone."""
    if not breaker_of(name).lets_through():
        raise ProviderAway(f"{name} is left alone for some seconds")
    before = _talk.set(Talk(name, is_inside))
    try:
        yield
    finally:
        _talk.reset(before)


@functools.lru_cache(maxsize=1000)
def breaker_of(name: str) -> Breaker:
    """What this process knows of a provider."""
    return Breaker()


def ask(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
) -> "Answered":
    """One question to the provider that is being talked to. Raises ProviderAway, ProviderLied."""
    talk = _talk.get()
    left = min(SECONDS, talk.until - time.monotonic())
    question = Question(method, headers, body, talk.is_inside)
    breaker = breaker_of(talk.name)
    try:
        if left <= 0:
            raise Unreachable("There is no time left.")
        fetched = send(url, question, seconds=left)
    except Unreachable as error:
        breaker.failed()
        raise ProviderAway(f"{talk.name}: {error}") from error
    except ValueError:
        # A token that cannot stand in a header, say.
        raise ProviderLied(f"{talk.name} gave us what cannot be sent") from None
    if fetched.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        breaker.failed()
        raise ProviderAway(f"{talk.name} answered {fetched.status}")
    breaker.went_well()
    return Answered(fetched)


class Answered:
    """As much of a `requests.Response` as the providers read."""

    def __init__(self, fetched: Fetched) -> None:
        self.status_code = fetched.status
        self.headers = {"content-type": "", **fetched.headers}
        # allauth puts it into the text of its errors, which may be logged: nobody's token.
        self.content = f"an answer of {len(fetched.body)} bytes"
        self._body = fetched.body

    @property
    def ok(self) -> bool:
        return self.status_code < HTTPStatus.BAD_REQUEST

    @property
    def text(self) -> str:
        return self._body.decode(errors="replace")

    def json(self) -> Any:
        try:
            return orjson.loads(self._body)
        except orjson.JSONDecodeError:
            raise ProviderLied("not JSON") from None

    def raise_for_status(self) -> None:
        if self.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise ProviderLied(f"answered {self.status_code}")


class Asking:
    """As much of a `requests.Session` as the providers use."""

    def __enter__(self) -> "Asking":
        return self

    def __exit__(self, *_: object) -> None:
        """Every question has its own connection: there is nothing to close."""

    def get(self, url: str, **asked: Any) -> Answered:
        return self.request("GET", url, **asked)

    def post(self, url: str, **asked: Any) -> Answered:
        return self.request("POST", url, **asked)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
    ) -> Answered:
        sent = {"Accept": "application/json", **(headers or {})}
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params)
        if auth is not None:
            # Each as in a form, before they are joined by the colon (RFC 6749, 2.3.1).
            pair = f"{quote_plus(auth.username)}:{quote_plus(auth.password)}"
            sent["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        body = None
        if data is not None:
            body = urlencode(data).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        return ask(method, url, headers=sent, body=body)
