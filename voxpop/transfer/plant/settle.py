"""What our own export knows beside the comments: pins, settings, sites."""

import re
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction

from voxpop.errors import Problem
from voxpop.forums.models import Forum, Site
from voxpop.forums.origins import check_origin
from voxpop.threads.models import Thread
from voxpop.transfer.actions.export_forum import SETTINGS
from voxpop.transfer.spool import Spool
from voxpop.transfer.stops import because

_COLOUR = re.compile(r"\A(#[0-9a-fA-F]{6})?\Z")


@transaction.atomic
def pin(spool: Spool) -> None:
    """Pinned comments stay pinned."""
    for more, thread_id in spool.db.execute(
        "SELECT t.more, p.thread_id FROM thread t JOIN page p ON p.n = t.page WHERE t.more != ''"
    ):
        if pinned := orjson.loads(more)["pinned"]:
            row = spool.db.execute("SELECT id FROM tree WHERE key = ?", [pinned]).fetchone()
            if row:
                Thread.objects.filter(id=thread_id).update(pinned=row[0])


@transaction.atomic
def settle(forum: Forum, settings: dict[str, Any]) -> None:
    """Set the forum as the export says, as far as an owner could have set it himself."""
    for name in SETTINGS:
        if name in settings:
            setattr(forum, name, settings[name])
    try:
        others = {field.name for field in Forum._meta.concrete_fields} - set(SETTINGS)
        forum.clean_fields(exclude=others)
        RegexValidator(_COLOUR)(forum.accent)
    except ValidationError as wrong:
        raise Problem("invalid", because("settings")) from wrong
    forum.revision += 1
    forum.save(update_fields=[*SETTINGS, "revision"])
    for origin in settings["sites"]:
        Site.objects.get_or_create(forum=forum, origin=check_origin(origin))
