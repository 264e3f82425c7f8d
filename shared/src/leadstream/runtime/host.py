"""The tree that a process's components hang in: a Faust app where the service consumes, a plain service where not."""

import tempfile
from pathlib import Path
from typing import Any

import faust
from faust.app.base import BootStrategy
from mode import Service as ModeService


class _OwnIntake(BootStrategy):
    """Faust hosts; the intake brings its own consumer and the relay its own producer (docs/adr/0002)."""

    enable_kafka = False
    enable_web = False
    enable_sensors = False


class _HostApp(faust.App):
    BootStrategy = _OwnIntake


class _Root(ModeService):
    abstract = False


def make_host(name: str, bootstrap_servers: str, *, consumes: bool) -> Any:
    """A root to add runtime dependencies to: started in the order they are added, stopped in the reverse.

    A Faust app without anything to consume crashes (reference: producer-only apps), so a service that consumes nothing
    gets mode's own root, which is what a Faust app is made of.
    """
    if not consumes:
        return _Root()
    return _HostApp(
        f"leadstream-{name}",
        broker=[f"kafka://{server}" for server in bootstrap_servers.split(",")],
        store="memory://",
        # Without a prefix, stray variables such as WEB_PORT would override the settings.
        env_prefix="LEADSTREAM_FAUST_",
        topic_disable_leader=True,
        topic_allow_declare=False,
        # Faust makes a data folder wherever it starts; it keeps nothing there for us.
        datadir=str(Path(tempfile.gettempdir()) / "leadstream-faust"),
    )
