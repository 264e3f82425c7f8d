"""A Faust app that hosts, and consumes nothing by itself."""

import tempfile
from pathlib import Path

import faust
from faust.app.base import BootStrategy


class _OwnIntake(BootStrategy):
    """Faust hosts; the intake brings its own consumer and the relay its own producer (docs/adr/0002)."""

    enable_kafka = False
    enable_web = False
    enable_sensors = False


class _HostApp(faust.App):
    BootStrategy = _OwnIntake


def make_app(name: str, bootstrap_servers: str) -> faust.App:
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
