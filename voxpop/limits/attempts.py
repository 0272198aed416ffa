"""Where allauth counts attempts to sign in and up: in Redis, for all processes together.

While Redis is away each process counts for itself, so that guessing is never free (SAFETY T25).
Values are JSON: what a Redis says is never unpickled.
"""

from contextlib import suppress
from typing import Any

import orjson
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.utils.crypto import salted_hmac

from voxpop import redis


class SharedAttempts(LocMemCache):
    """Django's cache of one process, which asks Redis first. Only what allauth uses is shared."""

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(name, params)
        self._prefix = f"{redis.ours()}:attempts:"

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> bool:
        seconds = self._seconds(timeout)
        said = orjson.dumps(value)
        try:
            with redis.asked() as server:
                return bool(server.set(self._name(key), said, ex=seconds, nx=True))
        except redis.Away:
            return super().add(key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        try:
            with redis.asked() as server:
                found = server.get(self._name(key))
            return default if found is None else orjson.loads(found)
        except (redis.Away, orjson.JSONDecodeError):
            return super().get(key, default, version)

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        # Here as well: what counts when Redis is away is not nothing.
        super().set(key, value, timeout, version)
        said = orjson.dumps(value)
        with suppress(redis.Away), redis.asked() as server:
            server.set(self._name(key), said, ex=self._seconds(timeout))

    def delete(self, key: Any, version: Any = None) -> bool:
        is_here = super().delete(key, version)
        with suppress(redis.Away), redis.asked() as server:
            is_here = bool(server.delete(self._name(key))) or is_here
        return is_here

    def _name(self, key: Any) -> str:
        # allauth puts a plain digest of an e-mail address into it, which anybody can make again.
        return (
            self._prefix + salted_hmac("voxpop.attempts", str(key), algorithm="sha256").hexdigest()
        )

    def _seconds(self, timeout: Any) -> int:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return max(1, int(seconds or 0))
