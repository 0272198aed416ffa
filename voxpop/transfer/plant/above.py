"""Who is to be seen after a batch, and what is counted above it."""

from dataclasses import dataclass

from django.db.models import F

from voxpop.threads.models import Comment
from voxpop.transfer.arrange import in_chunks


@dataclass
class _Shown:
    """A comment that was there before the batch, and what the batch adds to it."""

    parent_id: int | None
    root_id: int
    is_shown: bool
    was_shown: bool
    replies: int = 0
    branch: int = 0


class Above:
    """Who is to be seen, for a whole batch at once: the rule of `threads.standing`.

    A published comment is shown, and so is every removed one above it, whose place it holds.
    """

    def __init__(self, new: dict[int, Comment]) -> None:
        self.new = new
        self.old: dict[int, _Shown] = {}
        self._load({c.parent_id for c in new.values()} | {c.root_id for c in new.values()})

    def show(self, comment: "Comment | _Shown") -> None:
        while not comment.is_shown:
            comment.is_shown = True
            if comment.parent_id is None:
                return
            self._get(comment.root_id).branch += 1
            comment = self._get(comment.parent_id)
            comment.replies += 1

    def save(self) -> None:
        """Write what the batch has changed above it."""
        for number, above in self.old.items():
            if above.replies or above.branch or above.is_shown != above.was_shown:
                Comment.objects.filter(id=number).update(
                    replies=F("replies") + above.replies,
                    branch=F("branch") + above.branch,
                    is_shown=above.is_shown,
                )

    def _get(self, number: int) -> "Comment | _Shown":
        if number in self.new:
            return self.new[number]
        if number not in self.old:
            self._load({number})
        return self.old[number]

    def _load(self, numbers: set[int | None]) -> None:
        missing = [n for n in numbers if n is not None and n not in self.new]
        for chunk in in_chunks(missing):
            found = Comment.objects.filter(id__in=chunk).values_list(
                "id", "parent_id", "root_id", "is_shown"
            )
            for number, parent, root, is_shown in found:
                self.old[number] = _Shown(parent, root, is_shown, is_shown)
