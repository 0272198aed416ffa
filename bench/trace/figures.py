"""The month that is modelled: what is public of Disqus in 2013, and what had to be assumed.

Everything is fixed here before any policy runs. One number is free, the concentration of the
traffic (`zipf`), and it is calibrated on the policy of 2013 alone (`edge_trace.py` checks it).
"""

from dataclasses import dataclass, replace

HOUR = 3600.0
DAY = 24 * HOUR
MONTH = 30 * DAY


@dataclass(frozen=True)
class Figures:
    # "approaching 8 billion page views a month" (the article, September 2013).
    views_a_month: float = 8e9
    # "~5 M new threads a day" (VUG7, May 2013).
    births_a_day: float = 5e6
    # "a day = 200 k commenters x 1 M comments x 1 M articles" (C* meetup, July 2013).
    comments_a_day: float = 1e6
    # 3 M communities (nginx summit, 2014): each has a front page whose counts are asked for.
    forums: float = 3e6

    # Visits of a news page fade as a power law, half of them in the first 36 hours (Dezso, Almaas,
    # Lukacs, Racz, Szakadat, Barabasi, Phys. Rev. E 73, 066132, 2006).
    half_life: float = 36 * HOUR
    # Assumed: 30 % of the views go to threads older than a month, none to those older than 3 years.
    cold_share: float = 0.30
    oldest: float = 3 * 365 * DAY
    # A thread of 100,000 comments ("10s to 100s of thousands", Cramer 2012) at one comment in 240
    # views: nothing is read more often.
    most_views: float = 2.4e7
    # Zipf exponent of the threads' popularity (1 / the Pareto index): the calibrated one.
    zipf: float = 1.51
    # Assumed: that of the forums' front pages.
    front_zipf: float = 1.0

    # Requests a page view. The frame's page and its first tail: always. `embed.js` is 10,000 of the
    # 35,000 requests a second of VUG7; a browser keeps ours for 300 s, so not every view asks.
    scripts_a_view: float = 0.8
    # Assumed: one view in four is of a front page that shows counts.
    counts_a_view: float = 0.25
    # Assumed ("3 critical requests and 1 optional for user data", VUG7): one reader in ten has a
    # session or a guest's token, and asks for his overlay.
    signed_in: float = 0.10
    # Assumed: four votes for each comment; with the comments that is a write in 250 requests.
    votes_a_comment: float = 4.0
    # Assumed: the comments are in sight for 45 s in the mean (exponential).
    visible: float = 45.0

    @property
    def comments_a_view(self) -> float:
        return self.comments_a_day * 30 / self.views_a_month

    @property
    def votes_a_view(self) -> float:
        return self.comments_a_view * self.votes_a_comment

    def but(self, **changes: float) -> "Figures":
        return replace(self, **changes)


# Bytes that an object takes in Varnish, gzip, with its headers and struct overhead (about 1.3 KB):
# measured on the product's own answers (see replay.py, which reports them anew).
EMPTY_PAGE_BYTES = 6_000
COMMENT_BYTES = 180
PAGE_COMMENTS = 50
TAIL_BYTES = 1_700
COUNTS_BYTES = 2_000


def page_bytes(comments: float) -> float:
    return EMPTY_PAGE_BYTES + COMMENT_BYTES * min(comments, PAGE_COMMENTS)
