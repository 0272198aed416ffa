"""What people are called in exports."""

from voxpop.accounts.models import Author


def author_key(author: Author) -> str:
    """One who was imported keeps the key he came with."""
    return author.imported_key or f"{author.kind}:{author.public_id}"
