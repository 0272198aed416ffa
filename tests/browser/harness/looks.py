"""How a page is looked at: a phone's and a desktop's width, light and dark."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

PICTURES = Path(__file__).resolve().parents[3] / "docs" / "pictures"

# Two of the four show nearly all that can be wrong; each costs a browser ten seconds.
LOOKS = pytest.mark.parametrize(
    ("width", "scheme"),
    [
        pytest.param(360, "light", id="360-light"),
        pytest.param(1280, "dark", id="1280-dark"),
        pytest.param(360, "dark", id="360-dark", marks=pytest.mark.long),
        pytest.param(1280, "light", id="1280-light", marks=pytest.mark.long),
    ],
)


def picture(page: Page, name: str) -> None:
    """Draws docs/pictures/NAME.png anew where WRITE_PICTURES is set; a picture is for people to
    look at and proves nothing, so it is not compared."""
    if is_drawing():
        page.screenshot(path=PICTURES / f"{name}.png")


def is_drawing() -> bool:
    return bool(os.environ.get("WRITE_PICTURES"))
