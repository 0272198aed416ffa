"""Surrogate keys of profiles: `u:` whatever is shown under a name, also that there is nothing."""

from voxpop.profiles.handles import is_handle


def profile_key(handle: str) -> str:
    return f"u:{handle}"


def worn_by(handle: str) -> list[str]:
    """What an answer about this name wears; nothing where no profile can be called so."""
    return [profile_key(handle)] if is_handle(handle) else []
