"""From page to page by their links: an address of each page there is."""

from support.looking import Visit
from support.routes import route_of, routes
from support.site import Night


async def walked(visit: Visit, night: Night) -> dict[str, str]:
    """Addresses by their routes: those that links lead to from the pages that need no id."""
    found = {route.path: route.path for route in routes() if not route.parameters}
    found = {path: path for path in found if not path.endswith(".csv")}
    found |= {route.path: path for path in _known(night) if (route := route_of(path))}
    ahead = list(found.values())
    while ahead:
        await visit.go(ahead.pop(0))
        for path in await visit.links():
            route = route_of(path)
            if route and route.path not in found and not route.path.endswith(".csv"):
                found[route.path] = path
                ahead.append(path)
    return found


def _known(night: Night) -> list[str]:
    """Pages of which the night's own are the telling ones."""
    return [
        f"/leads/{night.lead}",
        f"/jobs/enrichment/{night.failed_job}",
        f"/runs/{night.tick}",
    ]
