"""The pages that are asked for, and how one is told from the next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bench.size.scale import Scale

# As bench.id makes them.
_WORKSPACE, _LEAD, _JOB = 1, 4, 2
BIG: Final = UUID(f"{_WORKSPACE:08x}-0000-7000-8000-{1:012x}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its path for the n-th time that it is asked for."""

    name: str
    path: Callable[[int], str]
    # The page after it is what is measured.
    then_older: bool = False


def pages(scale: Scale) -> list[Page]:
    """Lists, second pages with three filters, and single things spread over all that there is."""
    lead, job = _nth(_LEAD, scale.leads), _nth(_JOB, scale.jobs)
    filtered = f"/leads?workspace_id={BIG}&score=hot&stage=uploaded"
    jobs = f"/jobs?service=platform-upload&state=failed&workspace_id={BIG}"
    return [
        *(_same(path) for path in _LISTS),
        Page("/leads, page 2", lambda _: "/leads", then_older=True),
        Page("/leads, 3 filters, page 2", lambda _: filtered, then_older=True),
        Page(
            "/leads?q=, a domain", lambda n: f"/leads?q=company{1 + n * 7919 % scale.leads}.example"
        ),
        Page("/leads/{id}", lambda n: f"/leads/{lead(n)}"),
        Page("/jobs, page 2", lambda _: "/jobs", then_older=True),
        Page("/jobs, 3 filters, page 2", lambda _: jobs, then_older=True),
        Page("/jobs/{service}/{id}", lambda n: f"/jobs/platform-upload/{job(n)}"),
    ]


_LISTS: Final = (
    "/",
    "/runs",
    "/leads",
    "/failures",
    "/jobs",
    "/pauses",
    "/dead-letters",
    "/schedules",
    "/destinations",
    "/workspaces",
    "/spend",
    "/trends",
    "/audit",
    "/erasures",
)


def _same(path: str) -> Page:
    return Page(path, lambda _: path)


def _nth(family: int, total: int) -> Callable[[int], UUID]:
    return lambda n: UUID(f"{family:08x}-0000-7000-8000-{1 + n * 7919 % total:012x}")
