"""Who is to be seen: the shadow that a comment's status and replies cast on the tree.

A comment is shown when it is published, or removed with replies still shown under it. Each
change counts the parent's `replies` and the root's `branch`; called inside a verb's transaction.
"""

from django.db.models import F

from voxpop.threads.fragments import comment_fragment
from voxpop.threads.models import Comment, Status
from voxpop.threads.shapes import stored_shape

# What `dress` sets: to be saved with whatever it was dressed for.
DRESS = ("fragment", "shape")


def dress(comment: Comment) -> None:
    """Make what pages are joined of anew, from what the comment's row says now."""
    comment.fragment = comment_fragment(comment, comment.author)
    comment.shape = stored_shape(comment, comment.author)


def reveal(comment: Comment) -> list[int]:
    """The comment is to be seen, and so are the removed ancestors that hold its place.

    Returns the ids that readers must hear of, the topmost first. The caller saves `comment`.
    """
    if comment.is_shown:
        return [comment.id]
    comment.is_shown = True
    if comment.parent_id is None:
        return [comment.id]
    _count_below(comment, 1)
    parent = Comment.objects.select_related("author").get(id=comment.parent_id)
    above: list[int] = []
    if not parent.is_shown:
        above = reveal(parent)
        save_standing(parent)
    return [*above, comment.id]


def conceal(comment: Comment) -> list[int]:
    """The comment is no longer published: it goes, or stays as an empty place above its replies.

    Returns the ids that readers must hear of. The caller saves `comment`.
    """
    if not comment.is_shown:
        return []
    if comment.replies > 0:
        return [comment.id]
    comment.is_shown = False
    if comment.parent_id is None:
        return [comment.id]
    _count_below(comment, -1)
    parent = Comment.objects.select_related("author").get(id=comment.parent_id)
    if parent.status == Status.PUBLISHED or parent.replies > 0:
        return [comment.id]
    above = conceal(parent)
    save_standing(parent)
    return [comment.id, *above]


def save_standing(comment: Comment) -> None:
    """Save what reveal, conceal and a change of status may have changed."""
    dress(comment)
    comment.save(update_fields=["status", "is_shown", "verdict", *DRESS])


def _count_below(comment: Comment, step: int) -> None:
    """One comment more or less below the parent and below the root."""
    if comment.parent_id is None:
        return
    if comment.parent_id == comment.root_id:
        Comment.objects.filter(id=comment.root_id).update(
            replies=F("replies") + step, branch=F("branch") + step
        )
        return
    Comment.objects.filter(id=comment.parent_id).update(replies=F("replies") + step)
    Comment.objects.filter(id=comment.root_id).update(branch=F("branch") + step)
