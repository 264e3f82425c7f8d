"""The pages, one module each."""

from typing import Final

from fastapi import APIRouter

from console.entrypoints.pages import (
    audit,
    dead_letters,
    destinations,
    erasures,
    failures,
    jobs,
    leads,
    pauses,
    people,
    runs,
    schedules,
    spend,
    story,
    tonight,
    trends,
    workspaces,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    tonight.router,
    runs.router,
    leads.router,
    story.router,
    failures.router,
    jobs.router,
    pauses.router,
    dead_letters.router,
    schedules.router,
    destinations.router,
    workspaces.router,
    spend.router,
    trends.router,
    audit.router,
    people.router,
    erasures.router,
)
