"""The tree that a process's components hang in: a Faust app where the service consumes, a plain service where not."""

from typing import Any

from mode import Service as ModeService


class _Root(ModeService):
    abstract = False


def make_host(name: str, bootstrap_servers: str, *, consumes: bool) -> Any:
    """A root to add runtime dependencies to: started in the order they are added, stopped in the reverse.

    A Faust app without anything to consume crashes (reference: producer-only apps), so a service that consumes nothing
    gets mode's own root, which is what a Faust app is made of, and keeps Faust with its web framework out of memory.
    """
    if not consumes:
        return _Root()
    from leadstream.runtime.faust_host import make_app  # noqa: PLC0415

    return make_app(name, bootstrap_servers)
