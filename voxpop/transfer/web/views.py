"""An owner's pages for bringing comments in and taking them out: input, verb, output."""

import csv
import functools
import io
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.html import format_html_join
from django.views.decorators.http import require_GET, require_POST

from voxpop import ids
from voxpop.accounts.factors import lead_to_second_factor
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.reading import find_own_forum
from voxpop.limits.address import network_of
from voxpop.limits.rates import limit
from voxpop.tables import safe_cell
from voxpop.transfer.actions.export_forum import export_forum
from voxpop.transfer.actions.upload import discard_import, start_import, take_upload
from voxpop.transfer.models import Import
from voxpop.transfer.reading import (
    busiest_pages,
    find_import,
    imports_of,
    progress_of,
    read_skipped,
)
from voxpop.transfer.web.said import how_far, why_left_out, why_stopped
from voxpop.words import say

SKIPPED_A_PAGE = 100

View = Callable[..., HttpResponseBase]


def for_owner(view: View) -> View:
    """The view gets the forum, if the signed-in user owns it; a foreign one is a 404 (T37)."""

    @login_required
    @functools.wraps(view)
    def owned(request: HttpRequest, shortname: str, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, find_own_forum(shortname, _user(request)), **kwargs)
        except Problem as problem:
            if problem.status == 404:
                raise Http404 from None
            if problem.code == "second_factor_required":
                return lead_to_second_factor(request)
            return _refused(request, problem)

    return owned


@for_owner
def imports(request: HttpRequest, forum: Forum) -> HttpResponseBase:
    """The drop zone, and what was imported before."""
    if request.method == "POST":
        upload = request.FILES.get("file")
        if upload is None:
            raise Problem("bad_request", say("import_choose_first"))
        _limit(request)
        job = take_upload(
            forum=forum, by=_user(request), name=upload.name or "", pieces=upload.chunks()
        )
        return redirect("import", shortname=forum.shortname, public_id=ids.public(job.id))
    return _page(request, "transfer/imports.html", forum, jobs=imports_of(forum))


@require_GET
@for_owner
def one_import(request: HttpRequest, forum: Forum, public_id: str) -> HttpResponseBase:
    """What the file would bring, how far it is, what came of it; a script asks for JSON."""
    job = find_import(forum, public_id)
    progress = progress_of(job)
    progress["far"] = how_far(progress)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(progress)
    context = {"job": job, "progress": progress, "busiest": busiest_pages(job)}
    if job.state == "failed":
        context["stopped"] = why_stopped(Problem(job.report["code"], job.report["error"]))
    return _page(request, "transfer/import.html", forum, **context, **_told(job.report))


@require_POST
@for_owner
def start(request: HttpRequest, forum: Forum, public_id: str) -> HttpResponseBase:
    _limit(request)
    start_import(find_import(forum, public_id))
    return redirect("import", shortname=forum.shortname, public_id=public_id)


@require_POST
@for_owner
def discard(request: HttpRequest, forum: Forum, public_id: str) -> HttpResponseBase:
    discard_import(find_import(forum, public_id))
    messages.success(request, say("import_gone"))
    return redirect("imports", shortname=forum.shortname)


@require_GET
@for_owner
def skipped(request: HttpRequest, forum: Forum, public_id: str) -> HttpResponseBase:
    """Every record that was left out, and why."""
    job = find_import(forum, public_id)
    places = range(job.report.get("skipped", 0))
    rows = Paginator(places, SKIPPED_A_PAGE).get_page(request.GET.get("page"))
    first = (rows.number - 1) * SKIPPED_A_PAGE
    shown = [
        {**row, "reason": why_left_out(row["reason"])}
        for row in read_skipped(job, first, first + SKIPPED_A_PAGE)
    ]
    return _page(request, "transfer/skipped.html", forum, job=job, rows=rows, shown=shown)


@require_GET
@for_owner
def skipped_table(request: HttpRequest, forum: Forum, public_id: str) -> HttpResponseBase:
    """The same for a spreadsheet, in English as it is kept."""
    job = find_import(forum, public_id)
    return _download(_table_of(job), "skipped.csv", "text/csv; charset=utf-8")


@require_GET
@for_owner
def export(request: HttpRequest, forum: Forum) -> HttpResponseBase:
    """Everything of this forum, and of no other (SAFETY R32)."""
    _limit(request)
    lines = export_forum(forum, with_private=request.GET.get("private") == "on")
    return _download(lines, f"{forum.shortname}.jsonl", "application/jsonl")


def _told(report: dict[str, Any]) -> dict[str, Any]:
    """What stands in a report, as its page says it."""
    hosts = [(host,) for host in report.get("strange_hosts", [])]
    skipped_why = report.get("skipped_why", {})
    return {
        "first": parse_date(report.get("first", "")),
        "last": parse_date(report.get("last", "")),
        "strange": format_html_join(", ", '<strong dir="ltr">{}</strong>', hosts),
        "left_out": [(why_left_out(why), count) for why, count in skipped_why.items()],
    }


def _table_of(job: Import) -> Iterator[bytes]:
    """Line by line: a file may have left out a million records."""
    yield _csv_line(["record", "id", "byte", "reason"])
    for row in read_skipped(job):
        yield _csv_line([safe_cell(row[name]) for name in ("kind", "key", "place", "reason")])


def _csv_line(cells: list[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _download(pieces: Iterator[bytes], name: str, content_type: str) -> HttpResponseBase:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _limit(request: HttpRequest) -> None:
    author = Author.objects.get(user=_user(request))
    limit("import", f"author:{author.id}")
    limit("import", network_of(request))


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    said = Problem(problem.code, why_stopped(problem), retry_after=problem.retry_after)
    return render(request, "pages/refused.html", {"problem": said}, status=said.status)


def _page(request: HttpRequest, template: str, forum: Forum, **context: Any) -> HttpResponse:
    context.update(forum=forum, tab="import", section="home")
    return render(request, template, context)
