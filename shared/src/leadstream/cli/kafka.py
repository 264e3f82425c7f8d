"""How the commands reach Kafka."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.errors import KafkaError

from leadstream.cli.environment import environment
from leadstream.cli.errors import CliError
from leadstream.errors import LeadstreamError, TransientError
from leadstream.kafka.client import KafkaConfig
from leadstream.settings.checks import check_bootstrap

T = TypeVar("T")
DEFAULT = "127.0.0.1:9092"
HINT = "Is the broker running? Set KAFKA_BOOTSTRAP_SERVERS if it is elsewhere."
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


def kafka_config() -> KafkaConfig:
    """From the same variables as the services'."""
    variables = environment()
    protocol = variables.get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT").upper()
    if protocol not in PROTOCOLS:
        raise CliError(f"KAFKA_SECURITY_PROTOCOL is none of {', '.join(PROTOCOLS)}")
    uses_sasl = protocol.startswith("SASL_")
    if uses_sasl and not {"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"} <= variables.keys():
        raise CliError(f"KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are needed with {protocol}")
    try:
        servers = check_bootstrap(variables.get("KAFKA_BOOTSTRAP_SERVERS", DEFAULT))
    except ValueError as exc:
        raise CliError(f"KAFKA_BOOTSTRAP_SERVERS {exc}") from None
    return KafkaConfig(
        bootstrap_servers=servers,
        security_protocol=protocol,
        sasl_mechanism=variables.get("KAFKA_SASL_MECHANISM", "PLAIN").upper()
        if uses_sasl
        else None,
        sasl_username=variables.get("KAFKA_SASL_USERNAME"),
        sasl_password=variables.get("KAFKA_SASL_PASSWORD"),
        ssl_cafile=variables.get("KAFKA_SSL_CAFILE"),
        ssl_certfile=variables.get("KAFKA_SSL_CERTFILE"),
        ssl_keyfile=variables.get("KAFKA_SSL_KEYFILE"),
    )


def run_on_kafka(work: Callable[[KafkaConfig], Awaitable[T]]) -> T:
    """Run the work; turn Kafka's faults into one line that says what to do."""
    config = kafka_config()
    # It logs each refused connection; the one line below says it all.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)

    async def run() -> T:
        return await work(config)

    try:
        return asyncio.run(run())
    except (KafkaError, OSError) as exc:
        raise CliError(
            f"Kafka at {config.bootstrap_servers}: {type(exc).__name__}", hint=HINT
        ) from exc
    except TransientError as exc:
        raise CliError(str(exc), hint=HINT) from exc
    except LeadstreamError as exc:
        raise CliError(str(exc), hint=getattr(exc, "hint", None)) from exc
