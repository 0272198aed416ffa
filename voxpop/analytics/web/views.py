"""The page of figures, and the same as tables and as JSON: input, reading, output."""

import csv
import functools
import io
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from voxpop.accounts.factors import lead_to_second_factor
from voxpop.analytics.plots import plots
from voxpop.analytics.reading import Report, Span, read_report
from voxpop.analytics.referrals import Way
from voxpop.analytics.rollups import Step, StoreAway
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.reading import find_own_forum
from voxpop.tables import safe_cell
from voxpop.words import say, say_lazily

View = Callable[..., HttpResponse]

# Of spans and steps alike.
_NAMES = {
    "minute": say_lazily("figures_minute"),
    "hour": say_lazily("figures_hour"),
    "day": say_lazily("figures_day"),
    "month": say_lazily("figures_month"),
    "year": say_lazily("figures_year"),
}
_BY = {
    Step.MINUTE: say_lazily("figures_by_minute"),
    Step.HOUR: say_lazily("figures_by_hour"),
    Step.DAY: say_lazily("figures_by_day"),
    Step.MONTH: say_lazily("figures_by_month"),
}


def for_owner(view: Callable[[HttpRequest, Forum, Span], HttpResponse]) -> View:
    """The view gets the forum and the span asked for; another's forum is not there (T37)."""

    @require_GET
    @login_required
    @functools.wraps(view)
    def owned(request: HttpRequest, shortname: str) -> HttpResponse:
        try:
            forum = find_own_forum(shortname, request.user)
        except Problem as problem:
            if problem.code == "second_factor_required":
                return lead_to_second_factor(request)
            raise Http404 from None
        span = request.GET.get("span", Span.DAY)
        if span not in list(Span):
            raise Http404
        try:
            return view(request, forum, Span(span))
        except StoreAway:
            context = {"forum": forum, "tab": "figures", "section": "home"}
            return render(request, "analytics/away.html", context, status=503)

    return owned


@for_owner
def figures(request: HttpRequest, forum: Forum, span: Span) -> HttpResponse:
    report = _report(forum, span)
    context = {
        "forum": forum,
        "tab": "figures",
        "section": "home",
        "report": report,
        "plots": plots(report),
        "spans": [(each.value, _NAMES[each]) for each in Span],
        "step": _NAMES[report.step],
        "by_step": _BY[report.step],
        "ways": [(_named(way), count) for way, count in report.ways],
    }
    return render(request, "analytics/figures.html", context)


@for_owner
def figures_table(request: HttpRequest, forum: Forum, span: Span) -> HttpResponse:
    report = _report(forum, span)
    names = [curve.name for curve in report.curves]
    columns = zip(*(curve.values for curve in report.curves), strict=True)
    rows = (
        [begin.isoformat(), *("" if value is None else round(value) for value in values)]
        for begin, values in zip(report.begins, columns, strict=True)
    )
    return _table(f"{forum.shortname}-{span}", [report.step.value, *names], rows)


@for_owner
def threads_table(request: HttpRequest, forum: Forum, span: Span) -> HttpResponse:
    """Titles and addresses are strangers' words: no cell may become a formula (SAFETY T31)."""
    places = _report(forum, span).places
    rows = (
        [place.title, place.url, place.views, place.comments, place.referrals] for place in places
    )
    columns = ["title", "address", "views", "comments", "referrals"]
    return _table(f"{forum.shortname}-{span}-threads", columns, rows)


@for_owner
def figures_json(request: HttpRequest, forum: Forum, span: Span) -> HttpResponse:
    report = _report(forum, span)
    told: dict[str, Any] = {
        "forum": forum.shortname,
        "span": span.value,
        "step": report.step.value,
        "until": report.until.isoformat(),
        "begins": [begin.isoformat() for begin in report.begins],
        "curves": {curve.name: list(curve.values) for curve in report.curves},
        "totals": {curve.name: curve.total for curve in report.curves},
        "ways": dict(report.ways),
        "threads": [place.__dict__ for place in report.places],
    }
    return JsonResponse(told)


def _named(way: str) -> str:
    """What a way is called; the others are networks, by their own names."""
    said: dict[str, str] = {
        Way.MAIL: say("email"),
        Way.SHEET: say("figures_way_sheet"),
        Way.EMBED: say("figures_way_embed"),
        Way.WHATSAPP: "WhatsApp",
    }
    return said.get(way, way.capitalize())


def _report(forum: Forum, span: Span) -> Report:
    return read_report(forum, span, timezone.now())


def _table(name: str, columns: list[str], rows: Iterable[Iterable[object]]) -> HttpResponse:
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(columns)
    table.writerows([safe_cell(cell) for cell in row] for row in rows)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
