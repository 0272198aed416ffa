"""Where a request comes from, believing only our own proxies (SAFETY R10, R11)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> Address | None:
    """The client's address: as many entries of X-Forwarded-For are believed as we have proxies.

    Counted from the right, where our own proxies write; whatever a client puts in front of them
    changes nothing. With no proxy the header is not looked at.
    """
    near = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [*forwarded.split(","), near] if forwarded else [near]
    believed = settings.TRUSTED_PROXIES
    # Fewer hops than proxies: it came past them, and only the near end is certain.
    seen = hops[-1 - believed] if len(hops) > believed else near
    return _read(seen) or _read(near)


@lru_cache(maxsize=4096)
def network(address: Address | None) -> str:
    """The network that counts as one visitor: /24, or /56 in IPv6 where a line has so many."""
    if address is None:
        return "unknown"
    width = 24 if address.version == 4 else 56
    return str(ip_network((address, width), strict=False))


def network_of(request: HttpRequest) -> str:
    """The client's network; the only form in which an address is ever kept."""
    return network(client_address(request))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    address = _read(host)
    return host == "localhost" if address is None else address.is_loopback


@lru_cache(maxsize=4096)
def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None
    # ::ffff:192.0.2.1 is the same visitor as 192.0.2.1.
    return getattr(address, "ipv4_mapped", None) or address
