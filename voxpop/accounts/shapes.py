"""JSON out: an author as he and others may see him. No e-mail, no hash of one (SAFETY R27)."""

from typing import Any

from voxpop.accounts.avatars import avatar_path
from voxpop.accounts.models import Author, AuthorKind


def author_shape(author: Author) -> dict[str, Any]:
    return {
        "id": author.public_id,
        "name": author.name,
        "avatar": avatar_path(author.id, author.name),
        "kind": "user" if author.kind == AuthorKind.USER else "guest",
    }
