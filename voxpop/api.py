"""The JSON API: writers, viewers and moderators by routers, refusals as problem documents.

Shared reads are plain views (threads/api/shared.py): they leave before any middleware that knows
readers. Their part of the OpenAPI document is made from the same list as their URLs.
"""

import logging
import re
from typing import Any

import orjson
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from voxpop import __version__
from voxpop.accounts.api import router as accounts
from voxpop.claims.api import router as claims
from voxpop.edge.cached import Asked, Snapshot, refuse, shared
from voxpop.edge.policy import SURFACES
from voxpop.errors import Problem, failure, not_storable
from voxpop.forums.api import router as forums
from voxpop.limits.once import AlreadyAnswered
from voxpop.moderation.api import router as moderation
from voxpop.notices.api import router as notices
from voxpop.people.api import router as people
from voxpop.privacy.api import router as privacy
from voxpop.sso.api import router as sso
from voxpop.threads.api import shared as reads
from voxpop.threads.api.viewer import router as viewer
from voxpop.threads.api.writing import answered
from voxpop.threads.api.writing import router as writing
from voxpop.trending import api as trending

# Shared JSON, in the order in which its URLs are looked through.
READS = (*reads.READS, *trending.READS)

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="Voxpop", version=__version__, docs_url=None, openapi_url=None, urls_namespace="api"
)
api.add_router("", accounts)
api.add_router("", forums)
api.add_router("", sso)
api.add_router("", writing)
api.add_router("", viewer)
api.add_router("", notices)
api.add_router("", people)
api.add_router("", privacy)
api.add_router("", claims)
api.add_router("/moderation", moderation)


@api.exception_handler(Problem)
def told(request: HttpRequest, problem: Any) -> HttpResponse:
    return refuse(problem)


@api.exception_handler(AlreadyAnswered)
def answered_before(request: HttpRequest, earlier: Any) -> HttpResponse:
    response = answered(earlier.status, earlier.body)
    response["Idempotent-Replay"] = "true"
    return response


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: Any) -> HttpResponse:
    fields = {
        ".".join(str(part) for part in each["loc"][2:]) or str(each["loc"][-1]): each["msg"]
        for each in error.errors
    }
    return refuse(Problem("invalid", errors=fields))


@api.exception_handler(HttpError)
def not_readable(request: HttpRequest, error: Any) -> HttpResponse:
    """ninja's own refusals: a body that is not JSON."""
    return refuse(Problem("bad_request", str(error)))


@api.exception_handler(OperationalError)
def database_away(request: HttpRequest, error: Any) -> HttpResponse:
    """A full disk, a locked or absent database: nothing was kept, the client may send it again."""
    logger.exception("the database refused", exc_info=error)
    return refuse(Problem("unavailable", retry_after=5))


@api.exception_handler(MemoryError)
@api.exception_handler(SystemError)
def without_memory(request: HttpRequest, error: Any) -> HttpResponse:
    """Nothing was kept, and the process begins anew."""
    logger.exception("memory ran out", exc_info=error)
    return refuse(failure(error))


@api.exception_handler(DataError)
def not_kept(request: HttpRequest, error: Any) -> HttpResponse:
    """PostgreSQL keeps no NUL in a text, for one."""
    return refuse(not_storable(error))


@shared("openapi")
def openapi(asked: Asked) -> Snapshot:
    return Snapshot(orjson.dumps(document()))


def document() -> dict[str, Any]:
    """The OpenAPI document: ninja's own for the routers, ours for the shared reads."""
    whole: dict[str, Any] = orjson.loads(
        orjson.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), option=orjson.OPT_NON_STR_KEYS)
    )
    schemas = whole.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for read in READS:
        schema = read.answer.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[read.answer.__name__] = schema
        path = "/api/v1/" + re.sub(r"<(\w+)>", r"{\1}", read.path)
        whole["paths"].setdefault(path, {})["get"] = _operation(read)
    for operations in whole["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = _REFUSAL
    return whole


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_REFUSAL = {
    "description": "A refusal, with its code (docs/errors.md)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _operation(read: Any) -> dict[str, Any]:
    surface = SURFACES[read.view.shared_surface.name]
    return {
        "operationId": f"get_{surface.name}",
        "summary": read.summary,
        "tags": ["shared"],
        "parameters": [
            *[
                {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
                for name in re.findall(r"<(\w+)>", read.path)
            ],
            *[
                {"in": "query", "name": name, "required": False, "schema": {"type": "string"}}
                for name in sorted(surface.parameters)
            ],
        ],
        "responses": {
            "200": {
                "description": "OK",
                "content": {
                    "application/json": {
                        "schema": {"$ref": f"#/components/schemas/{read.answer.__name__}"}
                    }
                },
            }
        },
    }
