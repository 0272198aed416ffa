"""Somebody's browser at our pages, in the process of the test."""

import html
import re
from typing import Any

from django.test import Client

BACK = "http://testserver/accounts/with/"


class Visitor(Client):
    """A test client that presses our buttons."""

    def __init__(self) -> None:
        super().__init__(headers={"Origin": "http://testserver"})

    def leave_for(self, way: str, **typed: str) -> str:
        """Press a provider's button; the address at the provider to which our page goes on."""
        page = self.post(f"/accounts/with/{way}/", typed)
        assert page.status_code == 200, (page.status_code, page.content.decode()[-1500:])
        found = re.search(r'content="0;url=([^"]+)"', page.content.decode())
        assert found, page.content.decode()[-1500:]
        return html.unescape(found[1])

    def come_back(self, address: str) -> Any:
        """Follow the provider's redirect to us, to the page where that ends."""
        assert address.startswith(BACK), address
        return self.get(address.removeprefix("http://testserver"), follow=True)

    def sign_up(self, **typed: str) -> Any:
        """Send the form after a first visit."""
        return self.post("/accounts/identities/new/", typed, follow=True)

    @property
    def who(self) -> str | None:
        """The id of the user who is signed in here."""
        return self.session.get("_auth_user_id")
