"""How a page is looked at: a phone's and a desktop's width, light and dark."""

import pytest

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
