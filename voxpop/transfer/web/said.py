"""What an owner is told of an import, in the language in force: what is kept of it is English."""

from typing import Any

from django.utils.formats import number_format

from voxpop.errors import Problem
from voxpop.transfer import arrange, disqus, judged, spool
from voxpop.transfer.stops import told_apart
from voxpop.words import refusal, say, say_lazily

_LEFT_OUT = {
    disqus.CUT_OFF: say_lazily("import_why_cut_off"),
    disqus.TOO_LARGE: say_lazily("import_why_large"),
    disqus.TOO_DEEP: say_lazily("import_why_deep"),
    disqus.NOT_XML: say_lazily("import_why_xml"),
    disqus.HOLDS_ANOTHER: say_lazily("import_why_another"),
    disqus.NO_DATE: say_lazily("import_why_date"),
    disqus.NO_ID: say_lazily("import_why_id"),
    disqus.NO_THREAD: say_lazily("import_why_no_thread"),
    spool.TWICE: say_lazily("import_why_twice"),
    spool.ONCE: say_lazily("import_why_once"),
    arrange.NO_SUCH_THREAD: say_lazily("import_why_thread"),
    arrange.NO_SUCH_COMMENT: say_lazily("import_why_comment"),
    arrange.NO_SUCH_AUTHOR: say_lazily("import_why_author"),
    arrange.OWN_VOTE: say_lazily("import_why_own_vote"),
    judged.NO_SUCH_BAN: say_lazily("import_why_ban"),
}


def why_left_out(reason: str) -> str:
    """Why a record is not among what came; one that nobody knows is shown as it is."""
    return str(_LEFT_OUT.get(reason, reason))


def why_stopped(problem: Problem) -> str:
    """Why the work on a file ended before its end."""
    found = told_apart(problem.detail)
    if found is None:
        return refusal(problem)
    name, told = found
    return say(f"import_stop_{name}", **{hole: _written(word) for hole, word in told.items()})


def how_far(progress: dict[str, Any]) -> str:
    """How much of the file has been read, or how many of its comments are in."""
    if progress["doing"] == "writing":
        return say("import_far", done=progress["done"], n=progress["size"])
    return f"{progress['percent']} %"


def _written(word: str) -> str | int:
    """Numbers as the language writes them, and what is none as it is."""
    if (whole := word.replace(",", "")).isdecimal():
        return int(whole)
    return number_format(word) if word.replace(".", "").isdecimal() else word
