"""How every Kafka client of ours connects."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from leadstream.kafka import tolerance
from leadstream.kafka.outages import withstand_outages

# Dead letters carry their original whole, up to what a topic takes, and say why in headers on top.
MAX_REQUEST_BYTES = 2 * 1024 * 1024 + 64 * 1024
# What a broker sends in one answer, and what a consumer keeps of it until it is taken.
FETCH_BYTES = 4 * 1024 * 1024
ABANDON_ROUNDS = 20
ABANDON_SECONDS = 0.1
CLOSE_SECONDS = 2.0
# More than a request may take: an orderly end has a few of them.
STOP_SECONDS = 60.0
# Ten years, in seconds.
FOREVER = 315_360_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaConfig:
    bootstrap_servers: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None

    def options(self) -> dict[str, Any]:
        """Keyword arguments that all aiokafka clients take."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
        }
        if "SSL" in self.security_protocol:
            options["ssl_context"] = self._ssl_context()
        if self.sasl_mechanism:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return options

    def _ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ssl_cafile)
        if self.ssl_certfile:
            context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile)
        return context


def make_producer(config: KafkaConfig) -> AIOKafkaProducer:
    """An idempotent producer that waits for all replicas. The caller starts and stops it."""
    producer = AIOKafkaProducer(
        **config.options(),
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        max_batch_size=256 * 1024,
        max_request_size=MAX_REQUEST_BYTES,
        request_timeout_ms=20_000,
        retry_backoff_ms=100,
    )
    withstand_outages(producer.client)
    return producer


async def abandon(producer: AIOKafkaProducer) -> None:
    """Let go of a producer together with what it has not sent.

    An idempotent one never gives a batch up: told to stop, it waits until the broker has taken it.
    """
    await _close(producer.client)
    producer._closed = True  # noqa: SLF001 - there is no public way; it warns of a producer that nobody stopped
    task = producer._sender.sender_task  # noqa: SLF001 - as above
    # What is in flight to each broker is waited for at its end, and may wait for a connection that is not coming: each
    # time it is cancelled, one of them ends.
    for _ in range(ABANDON_ROUNDS):
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait([task], timeout=ABANDON_SECONDS)


async def _close(client: Any) -> None:
    """Close the connections, and drop what a broker that does not read has not taken of them: it may never."""
    writers = [each._writer for each in client._conns.values() if each._writer]  # noqa: SLF001
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()
    except TimeoutError:
        for writer in writers:
            writer.transport.abort()


async def let_go(consumer: AIOKafkaConsumer) -> None:
    """Stop a group member that another takes the place of; give up its orderly end after a while."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await consumer.stop()
    except TimeoutError:
        # Else it would go on saying that it lives, and keep its partitions unread.
        coordinator = consumer._coordinator  # noqa: SLF001 - there is no public way
        for name in ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"):
            task = getattr(coordinator, name, None)
            if task is not None:
                task.cancel()
        await _close(consumer._client)  # noqa: SLF001 - as above


def make_consumer(
    config: KafkaConfig, *, group: str, instance_id: str | None, session_timeout_ms: int
) -> AIOKafkaConsumer:
    """A group member that commits by hand only. The caller subscribes, starts and stops it."""
    tolerance.install()
    consumer = AIOKafkaConsumer(
        **config.options(),
        group_id=group,
        group_instance_id=instance_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=session_timeout_ms,
        heartbeat_interval_ms=max(500, session_timeout_ms // 10),
        rebalance_timeout_ms=60_000,
        # aiokafka leaves the group for good when nothing is fetched for this long, and never rejoins
        # (aiokafka #1187): waiting for Postgres must not do that.
        max_poll_interval_ms=FOREVER * 1000,
        # Of a record that is larger than both the broker sends the whole.
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES // 4,
        # The broker answers as soon as there is a byte; this only bounds how long an empty poll is held.
        fetch_max_wait_ms=500,
        retry_backoff_ms=100,
        metadata_max_age_ms=30_000,
    )
    withstand_outages(consumer._client)  # noqa: SLF001 - the producer's is public
    return consumer


def one_fetch_at_a_time(consumer: AIOKafkaConsumer) -> None:
    """Let a started consumer ask a broker for more only when what it sent before is taken.

    By itself aiokafka waits for that for 0.1 s only and then fills up a buffer for each partition: with 72 of them
    hundreds of megabytes while Postgres is away.
    """
    consumer._fetcher._prefetch_backoff = FOREVER  # noqa: SLF001 - a parameter that the consumer does not pass on


async def leave(consumer: AIOKafkaConsumer) -> None:
    """Stop a member that is not coming back: the others have its partitions at once.

    aiokafka lets a static member go without a word, so that it finds its partitions when it is back. A pod that is
    replaced never is, and each rebalance of the group would wait for it until the session time-out. A member that
    crashed has not left, and takes its partitions up again.
    """
    if consumer._coordinator is not None:  # noqa: SLF001 - there is no public way; None: it never started
        consumer._coordinator._group_instance_id = None  # noqa: SLF001 - as above
    await consumer.stop()
