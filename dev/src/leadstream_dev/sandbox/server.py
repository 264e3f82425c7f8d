"""Puts the sandbox together: providers under their prefixes, the control API, the ledger."""

from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Scope

from leadstream_dev.sandbox.control_api import ControlApi
from leadstream_dev.sandbox.endpoint import Desk, Endpoint
from leadstream_dev.sandbox.faults import Faults
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.provider import Operation, Provider
from leadstream_dev.sandbox.providers import PROVIDERS
from leadstream_dev.sandbox.world import World


def build(world: World, ledger: Path) -> Starlette:
    """Make the application, in the state the ledger's earlier lines left it in."""
    journal = Journal(ledger)
    desk = Desk(Faults(world.seed), journal)
    providers = {kind.name: kind(world, journal) for kind in PROVIDERS}
    for line in journal.replay():
        desk.count(line)
        if not line["replayed"]:
            for effect in line["effects"]:
                providers[line["provider"]].apply(effect, line)
    control = ControlApi(world, desk, providers)
    app = Starlette(
        routes=[
            *(_mount(desk, provider) for provider in providers.values()),
            Mount("/_control", routes=control.routes()),
        ]
    )
    app.state.desk = desk
    return app


def _mount(desk: Desk, provider: Provider) -> Mount:
    # What no operation takes, whether path or method, is the provider's own 404 or 405.
    unknown = Operation("unknown", "*", "/{rest:path}", provider.not_found)
    routes: list[BaseRoute] = [
        *(
            _route(operation, Endpoint(desk, provider, operation))
            for operation in provider.operations()
        ),
        Route(unknown.path, Endpoint(desk, provider, unknown)),
    ]
    return Mount(provider.prefix, routes=routes)


def _route(operation: Operation, endpoint: Endpoint) -> Route:
    if operation.argument is None:
        return Route(operation.path, endpoint, methods=[operation.method])
    return _WithArgument(operation, endpoint)


class _WithArgument(Route):
    """Stands before the route of the same path that takes the rest."""

    def __init__(self, operation: Operation, endpoint: Endpoint) -> None:
        super().__init__(operation.path, endpoint, methods=[operation.method])
        self._argument = operation.argument

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        query = scope.get("query_string", b"").decode("latin-1")
        if self._argument not in parse_qsl(query):
            return Match.NONE, {}
        return super().matches(scope)
