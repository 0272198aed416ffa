"""What others see of an author beside a comment: the face, which may be another in each forum."""

from dataclasses import dataclass

from voxpop.accounts.avatars import avatar_path, hue, initials, uploaded_path
from voxpop.accounts.models import Author, Persona


@dataclass(frozen=True)
class Face:
    """`id` is what mutes and follows are said of; `handle` leads to a public profile, or is empty;
    `avatar` is the name of an uploaded one, or empty."""

    id: int
    name: str
    handle: str = ""
    avatar: str = ""

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


def face_of(author: Author, forum_id: int | None = None) -> Face:
    """How the author is seen in this forum; no query for whoever is the same everywhere."""
    persona = _persona(author, forum_id) if author.has_personas else None
    if persona is None:
        return Face(author.id, author.name, author.handle, author.avatar)
    if persona.is_shown:
        return Face(author.id, persona.name or author.name, author.handle, author.avatar)
    if persona.name:
        return Face(persona.id, persona.name)
    return Face(author.id, author.name, "", author.avatar)


def _persona(author: Author, forum_id: int | None) -> Persona | None:
    """Kept with the author's row while it is held: many comments of one author are dressed."""
    if not hasattr(author, "_personas"):
        author._personas = {  # type: ignore[attr-defined]
            each.forum_id: each for each in Persona.objects.filter(author=author)
        }
    found: Persona | None = author._personas.get(forum_id)  # type: ignore[attr-defined]
    return found
