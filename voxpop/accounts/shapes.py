"""JSON out: an author as he and others may see him. No e-mail, no hash of one (SAFETY R27)."""

from typing import Any

from voxpop.accounts.faces import face_of
from voxpop.accounts.models import Author, AuthorKind


def author_shape(author: Author) -> dict[str, Any]:
    return {
        "id": author.public_id,
        "name": author.name,
        "avatar": face_of(author).picture,
        "kind": "user" if author.kind == AuthorKind.USER else "guest",
    }
