"""The console's routes, as its application has them: a new page is looked at by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi.routing import APIRoute

from support.console import Console

# What is no page for people: probes, the stream, the way in.
NO_PAGES = {"/healthz", "/readyz", "/metrics", "/live", "/login", "/login/again", "/logout"}


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    # As FastAPI has it: `/leads/{lead_id}`.
    path: str

    @property
    def parameters(self) -> int:
        return self.path.count("{")

    def matches(self, path: str) -> bool:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", self.path)
        return re.fullmatch(pattern, path) is not None


def routes(method: str = "GET") -> list[Route]:
    found = [
        Route(method, route.path)
        for route in _all(Console().app.routes)
        if method in (route.methods or ()) and route.path not in NO_PAGES
    ]
    # A path without a parameter is what a parameter of another would match, too.
    return sorted(found, key=lambda route: (route.parameters, route.path))


def route_of(path: str) -> Route | None:
    """The page that a path is of."""
    bare = path.partition("?")[0].partition("#")[0]
    pages = routes()
    # What a form is sent to is no id of a page, though it may stand in its place.
    known = sorted([*pages, *routes("POST")], key=lambda route: route.parameters)
    found = next((each for each in known if each.matches(bare)), None)
    return next((each for each in pages if found and each.path == found.path), None)


def _all(found: object) -> Iterator[APIRoute]:
    for route in found if isinstance(found, list) else []:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from _all(getattr(getattr(route, "original_router", None), "routes", None))
