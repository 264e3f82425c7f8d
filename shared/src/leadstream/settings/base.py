"""What every service is configured by. Each service adds its own in its `settings.py`."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self
from urllib.parse import unquote

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from leadstream.pasted import unwrap
from leadstream.postgres.url import PostgresUrl
from leadstream.settings.files import check_tls_files
from leadstream.settings.types import (
    AdminTokens,
    BootstrapServers,
    DatabaseUrl,
    Host,
    Hosts,
    HttpHeaders,
    HttpUrl,
    InstanceId,
    Lease,
    LogFormat,
    LogLevel,
    Networks,
    Port,
    RelayMode,
    SaslMechanism,
    Seconds,
    SecurityProtocol,
    TimeLimit,
    TracesExporter,
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
CONSOLE_PORT = 8000


# Kept as it is but for a line's end: a blank or a quote may be part of a password.
_PASSWORDS = frozenset({"kafka_sasl_password"})

_DATABASE_URL = "Postgres, as `postgresql://user:password@host/database`."
_HTTP_PORT = "Where the HTTP API listens; 0 takes a free port."


class ProcessSettings(BaseSettings):
    """What every process is configured by, also one without Postgres and Kafka."""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        arbitrary_types_allowed=True,
        frozen=True,
        allow_inf_nan=False,
    )

    service: ClassVar[str] = ""

    http_host: Host = Field(
        default="127.0.0.1", description="Where the HTTP API listens; `0.0.0.0` in a container."
    )
    http_port: Port = Field(default=0, description=_HTTP_PORT)

    log_level: LogLevel = Field(
        default="INFO", description="`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`."
    )
    log_format: LogFormat = Field(default="json", description="`json` or `text`.")

    drain_timeout: Seconds = Field(
        default=seconds(8), description="Seconds that running jobs have to end after SIGTERM."
    )

    def secret_values(self) -> list[str]:
        """What must never be seen in a log line, for `configure_logging`."""
        return [
            value.get_secret_value()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), SecretStr)
        ]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values come with blanks, newlines and quotes: from a shell, a file, an editor, `docker --env-file`."""
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):
                source.env_vars = _unwrapped(source.env_vars)
        return init_settings, env_settings, dotenv_settings, file_secret_settings


class ServiceSettings(ProcessSettings):
    """Read with `load`; subclass as `class Settings(ServiceSettings, service="delivery")`."""

    database_url: DatabaseUrl = Field(description=_DATABASE_URL)
    kafka_bootstrap_servers: BootstrapServers = Field(
        description="Brokers, `host:port`, comma separated."
    )
    kafka_security_protocol: SecurityProtocol = Field(
        default="PLAINTEXT", description="`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."
    )
    kafka_sasl_mechanism: SaslMechanism = Field(
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

    kafka_instance_id: InstanceId | None = Field(
        default=None,
        description="Static membership: a name that a replica keeps over restarts, such as its pod's. One that "
        "crashed and is back inside the session time-out takes up its own partitions, and no other moves.",
    )
    kafka_session_timeout: Lease = Field(
        default=seconds(45),
        description="Seconds until the group gives a silent replica's partitions away.",
    )

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
    otel_traces_exporter: TracesExporter = Field(
        default="none", description="Tracing: `otlp` sends spans to a collector, `none` is off."
    )
    otel_exporter_otlp_endpoint: HttpUrl = Field(
        default="http://localhost:4318",
        description="The collector, OTLP over HTTP (protobuf); `/v1/traces` is added.",
    )
    otel_exporter_otlp_headers: HttpHeaders | None = Field(
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
    retry_base: Seconds = Field(
        default=seconds(15),
        description="Seconds before the second attempt, eight times as many before the third, and so on; each half "
        "more or less, and never less than a Retry-After.",
    )
    outage_patience: Seconds = Field(
        default=seconds(86_400),
        description="Seconds that an outage of a provider may hold a job before it has failed (a day); a sixth of it "
        "where a destination is away.",
    )
    job_lease: Lease = Field(
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
    startup_timeout: Seconds = Field(
        default=seconds(120), description="Seconds to wait for Kafka and Postgres at the start."
    )

    relay: RelayMode = Field(
        default="all",
        description="What of the outbox the service publishes itself: `all`, or `dead-letters` where Debezium "
        "publishes the events.",
    )
    outbox_retention: Seconds = Field(
        default=seconds(86400),
        description="Seconds that events stay in the outbox where Debezium publishes them (a day).",
    )

    provider_connect_timeout: TimeLimit = Field(
        default=seconds(5), description="Seconds to connect to a provider."
    )
    provider_timeout: TimeLimit = Field(
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
        secrets = super().secret_values()
        passwords = [PostgresUrl.parse(self.database_url.get_secret_value()).password]
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
        if "SSL" in self.kafka_security_protocol:
            check_tls_files(self.kafka_ssl_cafile, self.kafka_ssl_certfile, self.kafka_ssl_keyfile)
        return self


def _unwrapped(variables: Mapping[str, str | None]) -> dict[str, str | None]:
    """An empty variable is one that is not set."""
    given = {
        name: value.rstrip("\r\n") if name.lower() in _PASSWORDS else unwrap(value)
        for name, value in variables.items()
        if value
    }
    return {name: value for name, value in given.items() if value}
