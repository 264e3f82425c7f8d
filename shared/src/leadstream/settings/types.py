"""How environment variables are written, and the types that the services' settings are made of."""

import math
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, SecretStr
from pydantic_settings import NoDecode

from leadstream.api.tokens import AdminToken
from leadstream.settings import checks
from leadstream.settings.tokens import check_tokens, read_tokens

LONGEST_SECONDS = 10 * 365 * 86400.0
# Workers look at their leases a few times in each: below this they would lose jobs that they are at.
SHORTEST_LEASE = timedelta(seconds=1)


def _read_seconds(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        seconds = float(str(value))
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if math.isnan(seconds) or not 0 <= seconds <= LONGEST_SECONDS:
        raise ValueError("must be a number of seconds, 0 or more")
    return timedelta(seconds=seconds)


def _split(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple):
        return [str(part) for part in value]
    raise ValueError("must be a comma-separated list")


def _read_networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part) for part in _split(value))
    except ValueError as exc:
        raise ValueError(f"must be networks such as 10.0.0.0/8, comma separated: {exc}") from None


def _read_hosts(value: object) -> tuple[str, ...]:
    hosts = tuple(_host_of(part.lower()) for part in _split(value))
    if not all(checks.is_host(host.removeprefix("*.")) for host in hosts):
        raise ValueError("must be host names or *.suffixes, comma separated")
    return hosts


def _host_of(entry: str) -> str:
    """A port may be written, and is not looked at: a host is trusted as a whole."""
    name, colon, port = entry.rpartition(":")
    has_port = colon and port.isdecimal() and (":" not in name or name.endswith("]"))
    return (name if has_port else entry).strip("[]").removesuffix(".")


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _as_seconds(value: timedelta) -> float:
    return value.total_seconds()


Seconds = Annotated[timedelta, BeforeValidator(_read_seconds), PlainSerializer(_as_seconds)]
# Where nothing could be done in no time at all.
TimeLimit = Annotated[Seconds, Field(gt=timedelta(0))]
Lease = Annotated[Seconds, Field(ge=SHORTEST_LEASE)]

ApiKey = Annotated[SecretStr, AfterValidator(checks.check_key)]
SigningSecret = Annotated[SecretStr, AfterValidator(checks.check_webhook_secret)]
AdminTokens = Annotated[
    tuple[AdminToken, ...], NoDecode, BeforeValidator(read_tokens), AfterValidator(check_tokens)
]
HttpUrl = Annotated[str, AfterValidator(checks.check_http_url)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(checks.check_postgres_url)]
BootstrapServers = Annotated[str, AfterValidator(checks.check_bootstrap)]
HttpHeaders = Annotated[SecretStr, AfterValidator(checks.check_headers)]
Sender = Annotated[str, AfterValidator(checks.check_sender)]
Line = Annotated[str, AfterValidator(checks.check_line)]
Host = Annotated[str, AfterValidator(checks.check_host)]
InstanceId = Annotated[str, AfterValidator(checks.check_instance_id)]
Port = Annotated[int, Field(ge=0, le=65535)]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_read_networks)
]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_hosts)]

LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
]
LogFormat = Annotated[Literal["json", "text"], BeforeValidator(_lower)]
SecurityProtocol = Annotated[
    Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_upper)
]
SaslMechanism = Annotated[
    Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], BeforeValidator(_upper)
]
TracesExporter = Annotated[Literal["none", "otlp"], BeforeValidator(_lower)]
RelayMode = Annotated[Literal["all", "dead-letters"], BeforeValidator(_lower)]


def seconds(count: float) -> timedelta:
    """For defaults, which read best in the unit the variable is written in."""
    return timedelta(seconds=count)
