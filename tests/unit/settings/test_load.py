"""A service starts with a complete, valid configuration, or says in one line what is wrong."""

import hashlib
import json
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from pydantic import Field, SecretStr

from leadstream.api import AdminToken, Role
from leadstream.crypto import Keyring
from leadstream.runtime.wiring import make_tracer
from leadstream.settings import SERVICE_PORTS, Seconds, ServiceSettings, load, seconds
from leadstream.settings.keys import OptionalKeys
from support.keys import generate_key


class Settings(ServiceSettings, service="platform-upload"):
    encryption_keys: OptionalKeys
    hubspot_api_key: SecretStr | None = None
    linger: Seconds = seconds(2)


class StrictSettings(ServiceSettings, service="delivery"):
    resend_api_key: SecretStr = Field(description="Resend's key.")


COMPLETE = {
    "DATABASE_URL": "postgresql://app:pw@db.internal/leadstream",
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
}


class Environment:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    """A complete environment in an empty directory, whatever the developer's own holds."""
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    environment = Environment(monkeypatch)
    environment.set(**COMPLETE)
    return environment


def refusal(capsys: pytest.CaptureFixture[str], settings: type[ServiceSettings] = Settings) -> str:
    """The one line that a refused start leaves on stderr."""
    with pytest.raises(SystemExit) as caught:
        load(settings)
    assert caught.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.endswith("\n")
    assert output.err.count("\n") == 1
    return output.err.strip()


def test_defaults_are_the_documented_ones() -> None:
    settings = load(Settings)

    assert settings.max_attempts == 3
    assert settings.job_retention == timedelta(days=30)
    assert settings.drain_timeout == timedelta(seconds=8)
    assert settings.provider_timeout == timedelta(seconds=30)
    assert settings.provider_connect_timeout == timedelta(seconds=5)
    assert settings.log_format == "json"
    assert settings.egress_allow == ()
    assert settings.admin_tokens == ()
    assert settings.encryption_keys is None


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_each_service_has_its_port_and_its_database(service: str, environment: Environment) -> None:
    class Own(ServiceSettings, service=service):
        pass

    assert load(Own).http_port == SERVICE_PORTS[service]
    assert load(Own).database_url.get_secret_value() == COMPLETE["DATABASE_URL"]

    own = "postgresql://own@own/own"
    environment.set(**{f"{service.upper().replace('-', '_')}_DATABASE_URL": own})
    assert load(Own).database_url.get_secret_value() == own


def test_another_services_database_is_not_taken(environment: Environment) -> None:
    environment.set(DELIVERY_DATABASE_URL="postgresql://delivery@x/y")

    assert load(Settings).database_url.get_secret_value() == COMPLETE["DATABASE_URL"]


def test_a_default_of_the_service_itself_wins() -> None:
    class Own(ServiceSettings, service="delivery"):
        http_port: int = 9999

    assert load(Own).http_port == 9999


def test_a_service_that_does_not_exist_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        type("Wrong", (ServiceSettings,), {}, service="billing")


def test_the_dotenv_file_is_read_and_the_environment_wins(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    Path(".env").write_text(
        "HTTP_PORT=1234\nMAX_ATTEMPTS=5\nDATABASE_URL=postgresql://all@x/y\nPLATFORM_UPLOAD_DATABASE_URL=postgresql://file@x/y\n"
        "SOMETHING_ELSE=1\n",
        encoding="utf-8",
    )
    environment.set(HTTP_PORT="4321")

    settings = load(Settings)

    assert settings.http_port == 4321
    assert settings.max_attempts == 5
    assert settings.database_url.get_secret_value() == "postgresql://file@x/y"


def test_an_empty_variable_is_one_that_is_not_set(environment: Environment) -> None:
    environment.set(HTTP_PORT="", ADMIN_TOKENS="", ENCRYPTION_KEYS="", LOG_LEVEL="")

    assert load(Settings).http_port == 8004


def test_seconds_are_plain_numbers(environment: Environment) -> None:
    environment.set(JOB_LEASE="1.5", LINGER="0", JOB_RETENTION="86400")

    settings = load(Settings)

    assert settings.job_lease == timedelta(seconds=1.5)
    assert settings.linger == timedelta(0)
    assert settings.job_retention == timedelta(days=1)


@pytest.mark.parametrize("value", ["30d", "PT30S", "00:30:00", "-1", "nan", "inf", "1e12", "soon"])
def test_other_ways_to_write_a_time_are_refused(
    value: str, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.set(DRAIN_TIMEOUT=value)

    assert "DRAIN_TIMEOUT must be a number of seconds" in refusal(capsys)


def test_lists_are_comma_separated(environment: Environment) -> None:
    environment.set(
        EGRESS_ALLOW="127.0.0.0/8, ::1/128,10.1.2.3",
        TRUSTED_HOSTS="Sandbox:9000, *.Salesforce.com.,127.0.0.1,[::1]",
        KAFKA_BOOTSTRAP_SERVERS="a:9092, b:9093",
    )

    settings = load(Settings)

    assert settings.egress_allow == (
        ip_network("127.0.0.0/8"),
        ip_network("::1/128"),
        ip_network("10.1.2.3/32"),
    )
    assert settings.trusted_hosts == ("sandbox", "*.salesforce.com", "127.0.0.1", "::1")
    assert settings.kafka_bootstrap_servers == "a:9092,b:9093"


def test_admin_tokens_are_a_json_list(environment: Environment) -> None:
    digest, other = (hashlib.sha256(each).hexdigest() for each in (b"secret", b"other"))
    workspace = UUID(int=7)
    environment.set(
        ADMIN_TOKENS=json.dumps(
            [
                {"name": "ops", "sha256": digest.upper(), "role": "admin"},
                {"name": "acme", "sha256": other, "role": "Viewer", "workspace": str(workspace)},
            ]
        )
    )

    assert load(Settings).admin_tokens == (
        AdminToken(name="ops", sha256=digest, role=Role.ADMIN),
        AdminToken(name="acme", sha256=other, role=Role.VIEWER, workspace=workspace),
    )


def test_encryption_keys_are_a_keyring(environment: Environment) -> None:
    environment.set(ENCRYPTION_KEYS=f"{generate_key('b')},{generate_key('a')}")

    keys = load(Settings).encryption_keys

    assert isinstance(keys, Keyring)
    assert keys.current == "b"


def test_the_line_names_every_variable_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")

    assert refusal(capsys, StrictSettings) == (
        "delivery: cannot start: DELIVERY_DATABASE_URL or DATABASE_URL is missing; "
        "KAFKA_BOOTSTRAP_SERVERS is missing; RESEND_API_KEY is missing"
    )


def test_what_kubernetes_injects_gives_such_a_line(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.set(HTTP_PORT="tcp://10.0.0.1:80")

    line = refusal(capsys)

    assert line.startswith("platform-upload: cannot start: HTTP_PORT should be a valid integer")
    assert "'tcp://10.0.0.1:80'" in line


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("HTTP_PORT", "70000", "HTTP_PORT should be less than or equal to 65535"),
        ("MAX_ATTEMPTS", "0", "MAX_ATTEMPTS should be greater than or equal to 1"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL should be 'DEBUG'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT should be 'json' or 'text'"),
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost", "must be host:port"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:9092,b:x", "must be host:port"),
        ("KAFKA_BOOTSTRAP_SERVERS", ",", "must name at least one host:port"),
        ("KAFKA_BOOTSTRAP_SERVERS", "tcp://10.0.0.1:9092", "must be host:port"),
        ("KAFKA_SECURITY_PROTOCOL", "TLS", "KAFKA_SECURITY_PROTOCOL should be"),
        ("EGRESS_ALLOW", "10.0.0.1/8", "EGRESS_ALLOW must be networks"),
        ("EGRESS_ALLOW", "everything", "EGRESS_ALLOW must be networks"),
        ("TRUSTED_HOSTS", "https://hooks.slack.com", "TRUSTED_HOSTS must be host names"),
        ("TRUSTED_HOSTS", "*", "TRUSTED_HOSTS must be host names"),
        ("KAFKA_SASL_MECHANISM", "GSSAPI", "KAFKA_SASL_MECHANISM should be"),
    ],
)
def test_a_wrong_value_is_named_and_shown(
    variable: str,
    value: str,
    said: str,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment.set(**{variable: value})

    line = refusal(capsys)

    assert said in line
    assert "(it is " in line


TOKEN = {"name": "ops", "sha256": "a" * 64, "role": "admin"}


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DATABASE_URL", "mysql://u:SECRET@h/d", "must start with postgresql://"),
        ("DATABASE_URL", "postgresql://u:SECRET@h:port/d", "is not a readable URL"),
        ("PLATFORM_UPLOAD_DATABASE_URL", "SECRET", "PLATFORM_UPLOAD_DATABASE_URL must start with"),
        ("ENCRYPTION_KEYS", "SECRET", "ENCRYPTION_KEYS key 1 is not of the form id:base64"),
        ("ENCRYPTION_KEYS", "k:SECRET==", "ENCRYPTION_KEYS"),
        ("ADMIN_TOKENS", "SECRET", "ADMIN_TOKENS must be a JSON list"),
        ("ADMIN_TOKENS", '{"SECRET": 1}', "ADMIN_TOKENS should be a valid tuple"),
        (
            "ADMIN_TOKENS",
            json.dumps([TOKEN | {"sha256": "SECRET"}]),
            "[0][sha256] must be a SHA-256",
        ),
        (
            "ADMIN_TOKENS",
            json.dumps([TOKEN | {"role": "SECRET"}]),
            "ADMIN_TOKENS[0][role] should be",
        ),
        ("ADMIN_TOKENS", json.dumps([TOKEN | {"token": "SECRET"}]), "ADMIN_TOKENS[0][token]"),
        ("ADMIN_TOKENS", json.dumps([{"name": "SECRET"}]), "ADMIN_TOKENS[0][sha256]"),
        ("ADMIN_TOKENS", json.dumps([TOKEN, TOKEN]), "two tokens with the same name"),
    ],
)
def test_a_wrong_secret_is_named_and_not_shown(
    variable: str,
    value: str,
    said: str,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment.set(**{variable: value})

    line = refusal(capsys)

    assert said in line
    assert "SECRET" not in line


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "u"},
            "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD",
        ),
        ({"KAFKA_SSL_CERTFILE": "c.pem"}, "KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE go together"),
    ],
)
def test_what_only_makes_sense_together_is_asked_for_together(
    variables: dict[str, str],
    said: str,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment.set(**variables)

    assert said in refusal(capsys)


def test_secrets_do_not_show_in_the_repr(environment: Environment) -> None:
    environment.set(
        KAFKA_SASL_PASSWORD="kafka-pw",
        ENCRYPTION_KEYS=generate_key("k"),
        ADMIN_TOKENS=json.dumps([TOKEN]),
    )

    shown = repr(load(Settings))

    assert "app:pw" not in shown
    assert "kafka-pw" not in shown
    assert "a" * 64 not in shown


def test_secret_values_are_those_a_log_must_not_hold(environment: Environment) -> None:
    environment.set(
        KAFKA_SASL_PASSWORD="kafka-pw",
        HUBSPOT_API_KEY="pat-1",
        DATABASE_URL="postgresql://app:p%40ss@h/d",
    )

    secrets = load(Settings).secret_values()

    assert {"kafka-pw", "pat-1", "postgresql://app:p%40ss@h/d", "p@ss"} <= set(secrets)


class Unnamed(ServiceSettings):
    greeting: str
    service: ClassVar[str] = ""


def test_settings_without_a_service_are_named_by_their_class(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert refusal(capsys, Unnamed) == "Unnamed: cannot start: GREETING is missing"


def test_tracing_is_off_unless_it_is_asked_for(environment: Environment) -> None:
    environment.set(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")

    settings = load(Settings)

    assert settings.otel_traces_exporter == "none"
    assert make_tracer(settings, "platform-upload") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_TRACES_EXPORTER", "jaeger"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
    ],
)
def test_tracing_that_can_not_be_is_named(
    environment: Environment, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.set(**{name: value})

    assert f"{name} " in refusal(capsys)


def test_the_collectors_headers_are_kept_out_of_log_lines(environment: Environment) -> None:
    environment.set(OTEL_EXPORTER_OTLP_HEADERS="x-team=1,api-key=abc%20def")

    settings = load(Settings)

    assert {"abc%20def", "abc def"} <= set(settings.secret_values())
    assert "abc" not in repr(settings)
