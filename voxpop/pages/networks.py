"""Where things are shared: plain links, and no script of anybody's (docs/decisions/0191)."""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings

from voxpop.analytics.referrals import Way


@dataclass(frozen=True)
class Network:
    """`address` has {link} and {text}. Mastodon is many servers: a script asks for the reader's own
    (embed/write/share.js), a page without one names the largest."""

    way: Way
    name: str
    address: str


NETWORKS = (
    Network(Way.MASTODON, "Mastodon", "https://mastodon.social/share?text={text}%0A{link}"),
    Network(Way.BLUESKY, "Bluesky", "https://bsky.app/intent/compose?text={text}%0A{link}"),
    Network(Way.X, "X", "https://x.com/intent/post?text={text}&url={link}"),
    Network(Way.FACEBOOK, "Facebook", "https://www.facebook.com/sharer/sharer.php?u={link}"),
    Network(Way.REDDIT, "Reddit", "https://www.reddit.com/submit?url={link}&title={text}"),
    Network(Way.WHATSAPP, "WhatsApp", "https://wa.me/?text={text}%0A{link}"),
    Network(Way.TELEGRAM, "Telegram", "https://t.me/share/url?url={link}&text={text}"),
)
MAIL = "mailto:?subject={text}&body={link}"


def share_links(path: str, text: str, mail: str) -> list[tuple[str, str]]:
    """Names and addresses: each leads to `path` and says by which way people came."""
    written = quote(text, safe="")

    def filled(way: Way, address: str) -> str:
        link = quote(f"{settings.HOST}{path}?from={way}", safe="")
        return address.format(link=link, text=written)

    links = [(network.name, filled(network.way, network.address)) for network in NETWORKS]
    return [(mail, filled(Way.MAIL, MAIL)), *links]
