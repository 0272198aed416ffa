"""JSON out: an author as he and others may see him. No e-mail, no hash of one (SAFETY R27)."""

from typing import Any

from voxpop.accounts.faces import face_of
from voxpop.accounts.models import Author, AuthorKind

# A guest and a site user are somebody in one forum only; what an account has, they have not.
KINDS = {AuthorKind.USER: "user", AuthorKind.SSO: "sso"}


def author_shape(author: Author) -> dict[str, Any]:
    return {
        "id": author.public_id,
        "name": author.name,
        "avatar": face_of(author).picture,
        "kind": KINDS.get(AuthorKind(author.kind), "guest"),
    }
