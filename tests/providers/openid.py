"""The certified OpenID Connect provider as a process, and a person who says yes there."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx

from voxpop.settings.ways import Way
from voxpop.stack.engines import ENDS_WITH_US
from voxpop.stack.ports import free_port

HERE = Path(__file__).parent
CLIENT, SECRET = "voxpop", "a secret of the tests, long enough"


@dataclass(frozen=True)
class OpenID:
    """One running provider; `name` is what it is called in settings and addresses."""

    name: str
    port: int

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def way(self) -> Way:
        settings = {"server_url": self.issuer}
        label = self.name.capitalize()
        return Way("openid_connect", self.name, label, CLIENT, SECRET, "", settings, True)

    @property
    def environment(self) -> dict[str, str]:
        """The settings by which a process of the product offers it."""
        setting = f"VOXPOP_OPENID_{self.name.upper()}"
        return {
            "VOXPOP_OPENID": self.name,
            f"{setting}_ISSUER": self.issuer,
            f"{setting}_CLIENT_ID": CLIENT,
            f"{setting}_CLIENT_SECRET": SECRET,
            f"{setting}_INSIDE": "on",
        }

    def tell(self, who: str, name: str, email: str) -> None:
        """Somebody takes another name and address there, and proves the address."""
        told = {"who": who, "name": name, "email": email}
        httpx.get(f"{self.issuer}/tell", params=told, trust_env=False).raise_for_status()

    def say_yes(self, address: str, who: str, back: str) -> str:
        """Sign in there as `who` and agree; the address at which the browser comes back to us."""
        with httpx.Client(trust_env=False) as browser:
            answer = browser.get(address)
            while True:
                while answer.is_redirect:
                    address = urljoin(str(answer.url), answer.headers["Location"])
                    if address.startswith(back):
                        return address
                    answer = browser.get(address)
                assert answer.status_code == 200, answer.text
                action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                assert action, answer.text
                assert prompt, answer.text
                typed = {"prompt": prompt[1], "login": who, "password": "any"}
                answer = browser.post(urljoin(str(answer.url), action[1]), data=typed)


@contextmanager
def running_openid(name: str, host: str) -> Iterator[OpenID]:
    """A provider that knows us, at `host`, by the way `name`."""
    provider = OpenID(name, free_port())
    client = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": [f"{host}/accounts/with/{name}/back/"],
    }
    command = [
        *ENDS_WITH_US, "node", str(HERE / "openid.mjs"), str(provider.port), json.dumps([client]),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    try:
        assert b"ready" in iter(process.stdout.readline, b"").__next__()
        yield provider
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
