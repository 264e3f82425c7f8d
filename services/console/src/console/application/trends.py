"""Topics week by week: how many leads were found for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from console.application.leads import Workspaces, named
from console.application.ports import Api
from leadstream.admin.answers import PageTrend, Trend
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError
from leadstream.admin.trends import list_trends
from leadstream.admin.workspaces import list_workspaces

WEEKS: Final = 12
# As many as one answer has: forty topics for twelve weeks.
_MOST: Final = 500
_WORDS: Final = {"up": "more", "down": "less", "stable": "about the same"}


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    name: str
    # By the week's Sunday; a week may be missing, of a topic that is new.
    weeks: Mapping[date, Trend]

    @property
    def newest(self) -> Trend:
        return self.weeks[max(self.weeks)]

    @property
    def said(self) -> str:
        """Its direction in words, by what the newest week says."""
        newest = self.newest
        if newest["change_percent"] is None:
            return "new" if newest["volume"] else "silent"
        return f"{_WORDS[newest['direction']]}, {newest['change_percent']:+g}\u00a0%"

    @property
    def most(self) -> int:
        return max(each["volume"] for each in self.weeks.values())

    def height(self, week: date, of: int) -> int:
        """Of a bar: its share of the topic's best week."""
        trend = self.weeks.get(week)
        return round(of * trend["volume"] / self.most) if trend and self.most else 0


@dataclass(frozen=True, slots=True)
class Trends:
    # Oldest first, as people read.
    weeks: list[date]
    # What was talked about most in the newest week first.
    topics: list[Topic]
    workspaces: Workspaces
    # There are more topics than one answer has.
    more: bool

    @property
    def choices(self) -> list[tuple[str, str]]:
        by_name = sorted(self.topics, key=lambda topic: topic.name.casefold())
        return [(topic.id, topic.name) for topic in by_name]


def trends_call(filters: Mapping[str, str], today: date) -> Call[PageTrend]:
    since = today - timedelta(weeks=WEEKS + 1)
    return list_trends(**filters, since=since, limit=_MOST)


async def read_trends(api: Api, filters: Mapping[str, str], today: date) -> Trends:
    """Raises AdminError."""
    found, workspaces = await api.all(trends_call(filters, today), list_workspaces(limit=_MOST))
    if isinstance(found, AdminError):
        raise found
    more = found["next"] is not None
    rows = _whole_weeks(found["items"]) if more else found["items"]
    weeks = sorted({row["week_start"] for row in rows})[-WEEKS:]
    return Trends(weeks, _topics(rows, weeks), named(workspaces), more)


def _whole_weeks(rows: Sequence[Trend]) -> list[Trend]:
    """Without the oldest week, of which the answer may have a part only; unless it is all there is."""
    oldest = rows[-1]["week_start"]
    return [row for row in rows if row["week_start"] != oldest] or list(rows)


def _topics(rows: Sequence[Trend], weeks: Sequence[date]) -> list[Topic]:
    by_topic: dict[str, dict[date, Trend]] = {}
    for row in rows:
        if row["week_start"] in weeks:
            by_topic.setdefault(row["topic_id"], {})[row["week_start"]] = row
    topics = [
        Topic(id, next(iter(own.values()))["topic_name"], own) for id, own in by_topic.items()
    ]
    return sorted(topics, key=lambda topic: (-topic.newest["volume"], topic.name.casefold()))
