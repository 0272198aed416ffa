"""What others see of an author beside a comment: the face, which may be another in each forum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from voxpop.accounts.avatars import avatar_path, hue, initials, uploaded_path
from voxpop.accounts.models import Author, Persona

Personas = Mapping[int, Persona]  # of one author, by the forum's id


@dataclass(frozen=True)
class Face:
    """`id` is what mutes and follows are said of; `handle` leads to a public profile, or is empty;
    `avatar` is the name of an uploaded one, or empty; `site_profile` is where the site that vouches
    for him has him."""

    id: int
    name: str
    handle: str = ""
    avatar: str = ""
    site_profile: str = ""

    @property
    def profile(self) -> str:
        """Where his profile is; empty while it is private."""
        return f"/u/{self.handle}/" if self.handle else ""

    @property
    def hue(self) -> int:
        return hue(self.id)

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def picture(self) -> str:
        """Where his avatar is, uploaded or drawn."""
        return uploaded_path(self.avatar) if self.avatar else avatar_path(self.id, self.name)


class Wearer(NamedTuple):
    """What of an author's row makes his face: to make the whole row takes ten times as long."""

    id: int
    name: str
    handle: str
    avatar: str
    has_personas: bool
    site_profile: str = ""


def face_of(
    author: Author | Wearer, forum_id: int | None = None, personas: Personas | None = None
) -> Face:
    """How the author is seen in this forum; no query for whoever is the same everywhere, nor where
    his personas are known."""
    if not author.has_personas:
        return Face(author.id, author.name, author.handle, author.avatar, author.site_profile)
    known = personas
    if known is None:
        known = _kept(author) if isinstance(author, Author) else _personas_of(author.id)
    persona = None if forum_id is None else known.get(forum_id)
    if persona is None:
        return Face(author.id, author.name, author.handle, author.avatar)
    if persona.is_shown:
        return Face(author.id, persona.name or author.name, author.handle, author.avatar)
    if persona.name:
        return Face(persona.id, persona.name)
    return Face(author.id, author.name, "", author.avatar)


def name_in(author: Author, forum_id: int | None) -> str:
    """What the author is called in this forum: THE way to name somebody there."""
    return face_of(author, forum_id).name


def _kept(author: Author) -> Personas:
    """With the author's row while it is held: many comments of one author are dressed."""
    if not hasattr(author, "_personas"):
        author._personas = _personas_of(author.id)  # type: ignore[attr-defined]
    kept: Personas = author._personas  # type: ignore[attr-defined]
    return kept


def _personas_of(author_id: int) -> Personas:
    return {each.forum_id: each for each in Persona.objects.filter(author=author_id)}
