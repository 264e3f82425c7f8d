"""One Apache Kafka broker in KRaft mode, run from its published jars."""

import base64
import re
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from leadstream_dev.home import Home
from leadstream_dev.kafka.config import BrokerConfig, jvm_flags
from leadstream_dev.kafka.jars import ensure_jars
from leadstream_dev.kafka.java import find_java
from leadstream_dev.kafka.probe import cluster_id
from leadstream_dev.ports import choose_port
from leadstream_dev.process import Command, run
from leadstream_dev.records import SCRATCH_PREFIX, scratch_root
from leadstream_dev.server import Server


@dataclass(frozen=True, slots=True)
class _Runtime:
    java: str
    jars: Path

    def command(self, main_class: str, *, heap: str, optimised: bool) -> list[str]:
        flags = jvm_flags(heap=heap, optimised=optimised)
        return [self.java, *flags, "-cp", f"{self.jars}/*", main_class]


class KafkaBroker(Server):
    """Its own controller, so it is a whole cluster."""

    name = "kafka"
    stop_signal = SIGTERM

    def __init__(  # noqa: PLR0913 - each has a default; callers name the few they care about
        self,
        *,
        data_dir: Path,
        port: int = 0,
        log: Path | None = None,
        home: Home | None = None,
        config: Mapping[str, str] | None = None,
        heap: str = "512m",
        optimised: bool = False,
        scratch: bool = False,
    ) -> None:
        """Set the broker up; a port of 0 means any free one, chosen now and kept.

        An `optimised` one starts more slowly and is faster from some 250,000 records on: for long benchmarks.
        """
        super().__init__(data_dir=data_dir, log=log, home=home, scratch=scratch)
        self._heap = heap
        self._optimised = optimised
        self._config = BrokerConfig(
            port=port or choose_port(),
            controller_port=choose_port(),
            log_dir=self.data_dir / "log",
            overrides=config or {},
        )

    @classmethod
    def temporary(
        cls, *, home: Home | None = None, config: Mapping[str, str] | None = None
    ) -> "KafkaBroker":
        """Set up a broker with data that lasts until `remove`."""
        folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}kafka-", dir=scratch_root()))
        return cls(data_dir=folder, home=home, config=config, scratch=True)

    @property
    def port(self) -> int:
        return self._config.port

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self._config.port}"

    @property
    def _meta(self) -> Path:
        return self._config.log_dir / "meta.properties"

    async def _prepare(self) -> Command:
        runtime = _Runtime(await find_java(), await ensure_jars(self._home))
        properties = self._write_properties()
        if not self._meta.exists():
            await run(self._format(runtime, properties), self._records, within=60)
        server = runtime.command("kafka.Kafka", heap=self._heap, optimised=self._optimised)
        return Command(
            name=self.name,
            argv=[*server, str(properties)],
            log=self.log,
            ports=[self._config.port, self._config.controller_port],
            data_dir=self.data_dir,
            scratch=self._scratch,
        )

    async def _is_ready(self) -> bool:
        # Not just any cluster: had another broker taken the port first, it would answer here.
        return await cluster_id(self.bootstrap_servers) == self._formatted_as()

    def _formatted_as(self) -> str | None:
        text = self._meta.read_text(encoding="utf-8")
        match = re.search(r"^cluster\.id=(.+)$", text, re.MULTILINE)
        return match[1] if match else None

    def _write_properties(self) -> Path:
        path = self.data_dir / "server.properties"
        path.write_text(self._config.as_properties(), encoding="utf-8")
        return path

    def _format(self, runtime: _Runtime, properties: Path) -> Command:
        tool = runtime.command("kafka.tools.StorageTool", heap="128m", optimised=False)
        options = ["--config", str(properties), "--cluster-id", _new_cluster_id()]
        return Command(name="kafka-format", argv=[*tool, "format", *options], log=self.log)


def _new_cluster_id() -> str:
    # The letter keeps the tool from taking an id for an option.
    return "L" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
