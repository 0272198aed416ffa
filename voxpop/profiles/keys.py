"""Surrogate keys: `u:` what is shown under a name, also that there is nothing · `i:` an avatar."""

from voxpop.profiles.handles import is_handle


def profile_key(handle: str) -> str:
    return f"u:{handle}"


def avatar_key(name: str) -> str:
    return f"i:{name}"


def worn_by(handle: str) -> list[str]:
    """What an answer about this name wears; nothing where no profile can be called so."""
    return [profile_key(handle)] if is_handle(handle) else []
