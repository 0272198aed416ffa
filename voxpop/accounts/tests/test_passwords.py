"""What a guess at a stolen password costs; the other tests use a cheaper hasher."""

from django.contrib.auth.hashers import identify_hasher, make_password

from voxpop import settings as product

LEAST = {"memory_cost": 19 * 1024, "time_cost": 2}  # KiB and rounds: OWASP's least for Argon2id


def test_a_guess_is_dear(settings):
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    encoded = make_password("a rather long password")
    told = identify_hasher(encoded).decode(encoded)
    assert (told["algorithm"], told["variety"]) == ("argon2", "argon2id")
    assert {name: told[name] >= least for name, least in LEAST.items()} == dict.fromkeys(
        LEAST, True
    )
