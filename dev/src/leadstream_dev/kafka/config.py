"""What one broker, that is its own controller, is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadstream_dev.home import KAFKA_FILES

_JVM_FLAGS = (
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={KAFKA_FILES / 'log4j2.properties'}",
)
# The first compiler only. On two cores the optimising one takes its time from the clients: over the first 100,000
# records it costs 50 µs of CPU each against 24, and half a second at the start. After 250,000 it leads, 17 to 23.
_QUICK_START = "-XX:TieredStopAtLevel=1"


def jvm_flags(*, heap: str, optimised: bool) -> list[str]:
    return [f"-Xmx{heap}", *_JVM_FLAGS, *([] if optimised else [_QUICK_START])]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConfig:
    port: int
    controller_port: int
    log_dir: Path
    overrides: Mapping[str, str]

    def as_properties(self) -> str:
        settings = {**self._identity(), **_ONE_NODE, **_SMALL, **self.overrides}
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _identity(self) -> dict[str, str]:
        address = f"PLAINTEXT://127.0.0.1:{self.port}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "listeners": f"{address},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": address,
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.log_dir),
        }


_ONE_NODE = {
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Topics come from the registry, as in production.
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker is let back in only after its old session has run out: by default 9 s after it is up again.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}

# The defaults are for a machine of its own: 50 partitions a coordinator, 128 MB for compaction, 8 + 3 threads.
_SMALL = {
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "log.cleaner.dedupe.buffer.size": str(16 * 2**20),
    "num.io.threads": "4",
    "num.network.threads": "2",
    "group.coordinator.threads": "1",
}
