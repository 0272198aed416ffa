"""Other accounts by configuration: what is whole is offered, and what is not stops the start."""

import pytest

from voxpop.settings.environment import SETTINGS, SettingsError
from voxpop.settings.ways import ways_in

OPENID = {
    "OPENID": "work",
    "OPENID_WORK_ISSUER": "https://id.example.org/realms/work",
    "OPENID_WORK_CLIENT_ID": "voxpop",
    "OPENID_WORK_CLIENT_SECRET": "secret",
}
APPLE = {
    "APPLE_CLIENT_ID": "org.example.comments",
    "APPLE_TEAM_ID": "TEAM123456",
    "APPLE_KEY_ID": "KEY1234567",
    "APPLE_KEY": "-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----",
}


@pytest.fixture
def configured(monkeypatch):
    """The ways in of these settings; what they declare is forgotten again."""
    monkeypatch.setattr("voxpop.settings.environment.SETTINGS", dict(SETTINGS))

    def read(**settings: str):
        for name, value in settings.items():
            monkeypatch.setenv(f"VOXPOP_{name}", value)
        return ways_in()

    return read


def test_nothing_is_offered_that_is_not_configured(configured):
    assert configured() == []


PAIRS = ["GOOGLE", "GITHUB", "FACEBOOK", "X", "MICROSOFT", "DISCORD", "DISQUS"]


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_a_way(configured, name):
    settings = {f"{name}_CLIENT_ID": "id", f"{name}_CLIENT_SECRET": "secret"}
    (way,) = configured(**settings)
    assert (way.name, way.client_id, way.secret) == (name.lower(), "id", "secret")
    assert not way.is_inside


@pytest.mark.parametrize("given", ["CLIENT_ID", "CLIENT_SECRET"])
def test_half_a_pair_stops_the_start(configured, given):
    with pytest.raises(SettingsError, match="write both"):
        configured(**{f"GITHUB_{given}": "x"})


def test_a_secret_can_come_from_a_file(configured, tmp_path):
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    (way,) = configured(GITHUB_CLIENT_ID="id", GITHUB_CLIENT_SECRET_FILE=str(file))
    assert way.secret == "from a file"


def test_apple_needs_four_things(configured):
    (way,) = configured(**APPLE)
    assert (way.secret, way.key) == ("KEY1234567", "TEAM123456")
    assert way.settings["certificate_key"].splitlines()[0] == "-----BEGIN PRIVATE KEY-----"


@pytest.mark.parametrize("missing", APPLE)
def test_apple_with_three_things_stops_the_start(configured, missing):
    with pytest.raises(SettingsError, match="write both"):
        configured(**{name: value for name, value in APPLE.items() if name != missing})


def test_apple_s_key_is_a_key_and_is_not_printed(configured):
    with pytest.raises(SettingsError, match="not a private key") as refused:
        configured(**{**APPLE, "APPLE_KEY": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_any_number_of_openid_providers(configured):
    club = {f"OPENID_CLUB_{part}": "x" for part in ("CLIENT_ID", "CLIENT_SECRET")}
    club |= {"OPENID_CLUB_ISSUER": "https://club.example", "OPENID_CLUB_INSIDE": "on"}
    work, other = configured(**{**OPENID, **club, "OPENID": "work,club"})
    assert work.settings == {"server_url": "https://id.example.org/realms/work"}
    assert (work.label, work.is_inside) == ("Work", False)
    assert (other.name, other.is_inside) == ("club", True)


@pytest.mark.parametrize("missing", [name for name in OPENID if name != "OPENID"])
def test_an_openid_provider_with_less_stops_the_start(configured, missing):
    with pytest.raises(SettingsError, match=f"VOXPOP_{missing}"):
        configured(**{name: value for name, value in OPENID.items() if name != missing})


@pytest.mark.parametrize("name", ["github", "mastodon", "a.b", "Work", "work,work", "-", "a/b"])
def test_a_name_that_is_somebody_else_s_stops_the_start(configured, name):
    """Names with a dot are Mastodon hosts."""
    with pytest.raises(SettingsError, match="VOXPOP_OPENID names"):
        configured(**{**OPENID, "OPENID": name})


@pytest.mark.parametrize(
    "issuer",
    ["http://id.example.org", "id.example.org", "https://a:b@c.example", "https://c.example?x", ""],
)
def test_an_issuer_that_is_none_stops_the_start(configured, issuer):
    with pytest.raises(SettingsError, match="VOXPOP_OPENID_WORK_ISSUER"):
        configured(**{**OPENID, "OPENID_WORK_ISSUER": issuer})


def test_no_secret_is_shown_of_a_way(configured):
    assert "secret" not in repr(configured(**OPENID)[0]).replace("client_secret", "")
