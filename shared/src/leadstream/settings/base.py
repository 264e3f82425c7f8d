"""What every service is configured by. Each service adds its own in its `settings.py`."""

import inspect
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import unquote, urlsplit

import orjson
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from leadstream.api.tokens import AdminToken
from leadstream.settings.types import (
    EncryptionKeys,
    Hosts,
    Networks,
    Seconds,
    check_bootstrap,
    check_http_url,
    check_postgres_url,
    seconds,
)

# The CLI finds the services here, unless told otherwise.
SERVICE_PORTS = {
    "discovery": 8001,
    "enrichment": 8002,
    "delivery": 8003,
    "platform-upload": 8004,
    "scheduler": 8005,
}


def _read_tokens(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise ValueError('must be a JSON list of {"name", "sha256", "role", "workspace"}') from None


def _check_names(tokens: tuple[AdminToken, ...]) -> tuple[AdminToken, ...]:
    names = [token.name for token in tokens]
    if len(names) != len(set(names)):
        raise ValueError("has two tokens with the same name")
    return tokens


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


DatabaseUrl = Annotated[SecretStr, AfterValidator(check_postgres_url)]
BootstrapServers = Annotated[str, AfterValidator(check_bootstrap)]
AdminTokens = Annotated[
    tuple[AdminToken, ...], NoDecode, BeforeValidator(_read_tokens), AfterValidator(_check_names)
]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
]
HttpUrl = Annotated[str, AfterValidator(check_http_url)]
Port = Annotated[int, Field(ge=0, le=65535)]

_DATABASE_URL = "Postgres, as `postgresql://user:password@host/database`."
_HTTP_PORT = "Where the HTTP API listens; 0 takes a free port."


class ServiceSettings(BaseSettings):
    """Read with `load`; subclass as `class Settings(ServiceSettings, service="delivery")`."""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        arbitrary_types_allowed=True,
        frozen=True,
    )

    service: ClassVar[str] = ""

    database_url: DatabaseUrl = Field(description=_DATABASE_URL)
    kafka_bootstrap_servers: BootstrapServers = Field(
        description="Brokers, `host:port`, comma separated."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."
    )
    kafka_sasl_username: str | None = Field(default=None, description="With a `SASL_` protocol.")
    kafka_sasl_password: SecretStr | None = Field(
        default=None, description="With a `SASL_` protocol."
    )
    kafka_ssl_cafile: str | None = Field(
        default=None, description="The brokers' CA, PEM; the system's CAs without it."
    )
    kafka_ssl_certfile: str | None = Field(default=None, description="Our certificate, PEM.")
    kafka_ssl_keyfile: str | None = Field(default=None, description="Our key, PEM.")

    kafka_instance_id: str | None = Field(
        default=None,
        description="Static membership: a name that a replica keeps over restarts, such as its pod's. One that "
        "crashed and is back inside the session time-out takes up its own partitions, and no other moves.",
    )
    kafka_session_timeout: Seconds = Field(
        default=seconds(45),
        description="Seconds until the group gives a silent replica's partitions away.",
    )

    http_host: str = Field(
        default="127.0.0.1", description="Where the HTTP API listens; `0.0.0.0` in a container."
    )
    http_port: Port = Field(default=0, description=_HTTP_PORT)
    admin_tokens: AdminTokens = Field(
        default=(),
        description='JSON list of `{"name", "sha256", "role", "workspace"}`; roles are `admin`, `operator`, '
        "`viewer`. Without tokens the admin API serves this machine only.",
    )
    admin_refused_per_minute: int = Field(
        default=10, ge=1, description="Refused tokens per address before it is told to wait."
    )
    admin_changes_per_minute: int = Field(
        default=120, ge=1, description="Changing calls per token before it is told to wait."
    )
    encryption_keys: EncryptionKeys | None = Field(
        default=None,
        description="`id:base64(32 bytes)`, comma separated; the first encrypts, all decrypt.",
    )

    log_level: LogLevel = Field(
        default="INFO", description="`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`."
    )
    log_format: Literal["json", "text"] = Field(default="json", description="`json` or `text`.")

    otel_traces_exporter: Literal["none", "otlp"] = Field(
        default="none", description="Tracing: `otlp` sends spans to a collector, `none` is off."
    )
    otel_exporter_otlp_endpoint: HttpUrl = Field(
        default="http://localhost:4318",
        description="The collector, OTLP over HTTP (protobuf); `/v1/traces` is added.",
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(
        default=None, description="Headers for the collector: `name=value`, comma separated."
    )
    otel_traces_sampler_arg: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of the leads that are traced; ticks, query runs and admin calls always are.",
    )

    max_attempts: int = Field(
        default=3, ge=1, le=100, description="Attempts at a job before it has failed."
    )
    job_lease: Seconds = Field(
        default=seconds(90),
        description="Seconds after which a job is taken from a worker that was not heard of.",
    )
    job_retention: Seconds = Field(
        default=seconds(30 * 86400),
        description="Seconds that finished jobs are kept (30 days); 0: for ever, here and below.",
    )
    audit_retention: Seconds = Field(
        default=seconds(400 * 86400),
        description="Seconds that it is kept who changed what (400 days).",
    )
    dead_letter_retention: Seconds = Field(
        default=seconds(30 * 86400),
        description="Seconds that it is kept which records were set aside (30 days, as in the dead-letter topics).",
    )
    drain_timeout: Seconds = Field(
        default=seconds(8), description="Seconds that running jobs have to end after SIGTERM."
    )
    startup_timeout: Seconds = Field(
        default=seconds(120), description="Seconds to wait for Kafka and Postgres at the start."
    )

    relay: Literal["all", "dead-letters"] = Field(
        default="all",
        description="What of the outbox the service publishes itself: `all`, or `dead-letters` where Debezium "
        "publishes the events.",
    )
    outbox_retention: Seconds = Field(
        default=seconds(86400),
        description="Seconds that events stay in the outbox where Debezium publishes them (a day).",
    )

    provider_connect_timeout: Seconds = Field(
        default=seconds(5), description="Seconds to connect to a provider."
    )
    provider_timeout: Seconds = Field(
        default=seconds(30), description="Seconds for a provider call from start to end."
    )
    egress_allow: Networks = Field(
        default=(),
        description="Networks that user-supplied URLs may lead to besides the public Internet, on any port and "
        "by plain http; comma separated. `127.0.0.0/8` in development.",
    )
    trusted_hosts: Hosts = Field(
        default=(),
        description="Hosts or `*.suffixes` accepted where a vendor's is expected, also by plain http; comma "
        "separated.",
    )

    def __init_subclass__(cls, *, service: str = "", **config: Any) -> None:
        super().__init_subclass__(**config)
        if service:
            cls.service = service
            cls._take_service_defaults(service)

    @classmethod
    def _take_service_defaults(cls, service: str) -> None:
        """Declare the fields whose names or defaults depend on the service.

        This runs before pydantic collects the fields, so it is as if the subclass had written them.
        """
        own_url = f"{service.upper().replace('-', '_')}_DATABASE_URL"
        declared = {
            "database_url": Field(
                validation_alias=AliasChoices(own_url, "DATABASE_URL"), description=_DATABASE_URL
            ),
            "http_port": Field(default=SERVICE_PORTS[service], description=_HTTP_PORT),
        }
        types = {"database_url": DatabaseUrl, "http_port": Port}
        cls.__annotations__ = types | inspect.get_annotations(cls)
        for name, value in declared.items():
            if name not in cls.__dict__:
                setattr(cls, name, value)

    def secret_values(self) -> list[str]:
        """What must never be seen in a log line, for `configure_logging`."""
        secrets = [
            value.get_secret_value()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), SecretStr)
        ]
        passwords = [urlsplit(secret).password for secret in secrets if "://" in secret]
        headers = self.otel_exporter_otlp_headers
        given = headers.get_secret_value().split(",") if headers else []
        values = [pair.partition("=")[2].strip() for pair in given]
        parts = [*values, *(unquote(text) for text in [*values, *passwords] if text)]
        return secrets + [part for part in parts if part]

    @model_validator(mode="after")
    def _check_kafka(self) -> Self:
        if self.kafka_security_protocol.startswith("SASL_") and not (
            self.kafka_sasl_username and self.kafka_sasl_password
        ):
            raise ValueError(
                "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are needed with "
                f"KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol}"
            )
        if bool(self.kafka_ssl_certfile) != bool(self.kafka_ssl_keyfile):
            raise ValueError("KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE go together")
        return self
