"""JSON out: an author as he and others may see him. No e-mail, no hash of one (SAFETY R27)."""

from typing import Any

from voxpop.accounts.faces import face_of
from voxpop.accounts.models import Author, AuthorKind

# A guest and a site user are somebody in one forum only; what an account has, they have not.
KINDS = {AuthorKind.USER: "user", AuthorKind.SSO: "sso"}


def author_shape(author: Author, forum_id: int | None = None) -> dict[str, Any]:
    """To himself: his own id, and what others see of him in this forum."""
    face = face_of(author, forum_id)
    return {
        "id": author.public_id,
        "name": face.name,
        "avatar": face.picture,
        "kind": KINDS.get(AuthorKind(author.kind), "guest"),
    }
