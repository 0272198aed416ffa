"""From rows to a Draft: the facts that screening judges by. Screening itself never sees a row."""

import re
from collections.abc import Mapping

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.accounts.names import skeleton
from voxpop.threads.models import Comment, Thread

MOST_MENTIONS = 10
_MENTION = re.compile(r"@(\S[^\n@]{0,59})")


def names_mentioned(source: str, thread: Thread | None) -> Mapping[str, str]:
    """Who is meant by `@Name`: people of this thread, casefolded name → public id; one query."""
    if thread is None or "@" not in source:
        return {}
    candidates = {
        " ".join(words[:count])
        for text in _MENTION.findall(source)[:MOST_MENTIONS]
        for words in [text.split()]
        for count in range(1, min(len(words), 4) + 1)
    }
    looks = {skeleton(name.rstrip(".,;:!?)")) for name in candidates}
    found = Author.objects.filter(name_skeleton__in=looks, comments__thread=thread).distinct()
    return {author.name.casefold(): ids.public(author.id) for author in found}
