"""Where the local stack keeps its files."""

import os
from dataclasses import dataclass
from pathlib import Path

# dev/src/leadstream_dev/home.py: the distribution is only ever installed editable, from the work tree.
_DEV = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @classmethod
    def default(cls) -> "Home":
        given = os.environ.get("LEADSTREAM_HOME")
        return cls(Path(given).resolve() if given else _DEV.parent / ".leadstream")

    @property
    def kafka_jars(self) -> Path:
        return self.path / "kafka" / "libs"

    @property
    def kafka_data(self) -> Path:
        return self.path / "kafka" / "data"

    @property
    def postgres_data(self) -> Path:
        return self.path / "postgres"

    @property
    def run(self) -> Path:
        """One file per running process; see `records`."""
        return self.path / "run"

    @property
    def sandbox(self) -> Path:
        """Where the provider sandbox of `up` notes what it saw."""
        return self.path / "sandbox"

    @property
    def logs(self) -> Path:
        return self.path / "logs"


KAFKA_FILES = _DEV / "kafka"
