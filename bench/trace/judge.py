"""The figures by which an edge is judged, of a simulation or of the arithmetic."""

from collections import Counter
from dataclasses import dataclass

from bench.trace.arithmetic import Expected
from bench.trace.edge import Edge

UNIQUE = frozenset({"first", "changed", "viewer", "writer"})


@dataclass(frozen=True)
class Judged:
    """Per page view: all requests, those that reached Django, and of these the truly unique."""

    requests: float
    origin: float
    unique: float
    causes: dict[str, float]

    @property
    def share(self) -> float:
        """Of all requests, those that reach Django."""
        return self.origin / self.requests

    @property
    def ratio(self) -> float:
        """Requests that reach Django for each one that had to."""
        return self.origin / self.unique

    def in_words(self) -> dict[str, object]:
        return {
            "requests a view": round(self.requests, 3),
            "to Django": round(self.share, 4),
            "origin / truly unique": round(self.ratio, 3),
            "to Django a view, by cause": self.causes,
        }


def judge(run: Edge | Expected) -> Judged:
    views = run.views if isinstance(run, Edge) else 1.0
    causes: Counter[str] = Counter()
    for (kind, reason), count in run.origin.items():
        name = reason if reason in {"viewer", "writer"} else f"{kind}: {reason}"
        causes[name] += count / views
    unique = sum(n for (_, reason), n in run.origin.items() if reason in UNIQUE)
    return Judged(
        sum(run.requests.values()) / views,
        sum(run.origin.values()) / views,
        unique / views,
        {name: round(count, 5) for name, count in sorted(causes.items()) if count > 5e-6},
    )
