"""The shapes of what people talk in, for the OpenAPI document."""

from ninja import Schema

from voxpop.threads.schemas import ThreadOut


class TrendingThread(ThreadOut):
    people: int
    voters: int


class TrendingOut(Schema):
    threads: list[TrendingThread]


class NetworkThread(Schema):
    id: str
    title: str
    url: str
    forum: str
    forum_name: str
    people: int
    voters: int


class NetworkOut(Schema):
    threads: list[NetworkThread]
