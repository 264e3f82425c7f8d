"""What operators paste: blanks, quotes and unseen marks around a value go, and what can't work ends the start."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from delivery.settings import Settings as Delivery
from discovery.settings import Settings as Discovery
from enrichment.settings import Settings as Enrichment
from leadstream.settings import ServiceSettings, load
from platform_upload.settings import Settings as PlatformUpload
from scheduler.settings import Settings as Scheduler
from support.keys import generate_key

SERVICES: dict[str, type[ServiceSettings]] = {
    "discovery": Discovery,
    "enrichment": Enrichment,
    "delivery": Delivery,
    "platform-upload": PlatformUpload,
    "scheduler": Scheduler,
}
COMPLETE = {
    "DATABASE_URL": "postgresql://app:pw@db.example/leadstream",
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
    "DATASHOPPER_API_URL": "https://api.datashopper.example/v1",
    "DATASHOPPER_API_KEY": "ds_key-1",
    "CLAY_API_URL": "http://127.0.0.1:9000/clay",
    "CLAY_API_KEY": "clay.key~2/+=",
    "RESEND_API_KEY": "re_Abc123",
    "RESEND_FROM": "Leadstream <alerts@leadstream.example>",
    "ENCRYPTION_KEYS": generate_key("k1"),
}
KEYS = ["DATASHOPPER_API_KEY", "CLAY_API_KEY", "RESEND_API_KEY"]
URLS = {
    "DATASHOPPER_API_URL": "discovery",
    "CLAY_API_URL": "enrichment",
    "RESEND_API_URL": "delivery",
    "APP_URL": "delivery",
    "CONSOLE_PUBLIC_URL": "delivery",
    "DELIVERY_PUBLIC_URL": "delivery",
    "HUBSPOT_API_URL": "platform-upload",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "scheduler",
    "WEALTHBOX_API_URL": "platform-upload",
}
OWNERS = URLS | dict(zip(KEYS, ("discovery", "enrichment", "delivery"), strict=True))
WRAPPINGS = [
    "{} ",
    " {}",
    "{}\n",
    "{}\r\n",
    "\t{}",
    "\ufeff{}",
    "\u200b{}\u200b",
    "{}\u00a0",
    '"{}"',
    "'{}'",
    "“{}”",
    "`{}`",
    ' "{}"\n',
    "'\"{}\"'",
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for settings in SERVICES.values():
        for field in settings.model_fields:
            monkeypatch.delenv(field.upper(), raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)


def refusal(capsys: pytest.CaptureFixture[str], service: str) -> str:
    with pytest.raises(SystemExit) as caught:
        load(SERVICES[service])
    assert caught.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


def read(name: str, service: str) -> Any:
    value = getattr(load(SERVICES[service]), name.lower())
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("name", [*COMPLETE])
def test_what_surrounds_a_value_is_no_part_of_it(
    name: str, wrapping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = OWNERS.get(name, "delivery")
    plain = read(name, service)
    monkeypatch.setenv(name, wrapping.format(COMPLETE[name]))

    assert str(read(name, service)) == str(plain)


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    "value",
    [
        "two words",
        "Bearer re_x",
        "re_\nx",
        "re_x\\n",
        "re_\u200bx",
        "re_\u00a0x",
        "schlüssel",
        "\uff52e_x",
        're_"x',
        "'re_x",
        "<your key>",
        "${RESEND_API_KEY}",
        "re_\x01x",
        "re_\x7fx",
        "   ",
        '""',
    ],
)
def test_a_key_that_no_provider_gave_is_refused(
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)

    line = refusal(capsys, OWNERS[name])

    assert name in line
    assert value.strip() not in line or not value.strip('" ')


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize(
    "value",
    [
        "api.example",
        "ftp://api.example",
        "https://",
        "https://api example",
        "https://api.example/a b",
        "https://api.example\u200b.com",
        "https://me:secret@api.example",
        "https://me@api.example",
        "https://api.example/v1#top",
        "https://api.example/v1#",
        "https://api.example/v1?key=1",
        "https://api.example/v1?",
        "https://api.example:99999",
        "https://api.example:port",
        "https://api.example:0",
        "https://-api.example",
        "https://api..example",
        "https://0x7f.1",
        'https://"api.example"',
        "https://api.example/<path>",
        "https://{host}/v1",
        "https:/api.example",
        "https:api.example",
        "javascript:alert(1)",
        "https://api.example/\nx",
    ],
)
def test_a_url_that_leads_nowhere_is_refused(
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)

    assert name in refusal(capsys, URLS[name])


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("HTTPS://API.Example/v1/", "https://api.example/v1"),
        ("<https://api.example>", "https://api.example"),
        ("http://localhost:9000/", "http://localhost:9000"),
        ("http://my_host:80/x", "http://my_host/x"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_url_is_taken_in_its_plain_form(
    name: str, value: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    assert read(name, URLS[name]) == taken


@pytest.mark.parametrize(
    "value",
    [
        "alerts",
        "alerts@",
        "@leadstream.example",
        "alerts@leadstream",
        "alerts@leadstream.example, ops@leadstream.example",
        "alerts@leadstream.example ops@leadstream.example",
        "Leadstream <alerts>",
        "Leadstream <alerts@leadstream.example",
        "Leadstream alerts@leadstream.example",
        "Leadstream (alerts@leadstream.example)",
        "mailto:alerts@leadstream.example",
        "alerts@@leadstream.example",
        "alerts@lead stream.example",
        "alerts@leadstream..example",
        "älerts@leadstream.example",
        "Leadstream\nBcc: x <alerts@leadstream.example>",
        "Leadstream",
        "https://leadstream.example",
    ],
)
def test_a_sender_that_is_no_address_is_refused(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESEND_FROM", value)

    assert "RESEND_FROM" in refusal(capsys, "delivery")


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("alerts@leadstream.example", "alerts@leadstream.example"),
        ("<alerts@leadstream.example>", "alerts@leadstream.example"),
        ('"Leads, daily" <a.b+c@x.example>', '"Leads, daily" <a.b+c@x.example>'),
        ("Léads\u00a0today <a@x.example>", "Léads today <a@x.example>"),
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(
    value: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESEND_FROM", value)

    assert read("RESEND_FROM", "delivery") == taken


NO_TIME = [
    ("scheduler", "JOB_LEASE", "0"),
    ("scheduler", "JOB_LEASE", "0.5"),
    ("scheduler", "KAFKA_SESSION_TIMEOUT", "0"),
    ("scheduler", "PROVIDER_TIMEOUT", "0"),
    ("scheduler", "PROVIDER_CONNECT_TIMEOUT", "0"),
    ("scheduler", "TICK_INTERVAL", "0"),
    ("enrichment", "CLAY_VERIFICATION_TIMEOUT", "0"),
    ("delivery", "WEBHOOK_TIMEOUT", "0"),
    ("platform-upload", "WEBHOOK_TIMEOUT", "0"),
    ("platform-upload", "UPLOAD_TIMEOUT", "0"),
]
NO_NUMBERS = [
    (service, name, value)
    for service, name in (
        ("discovery", "DATASHOPPER_PER_SECOND"),
        ("enrichment", "CLAY_RATE_PER_SECOND"),
        ("enrichment", "ENRICHMENT_CACHE_DAYS"),
        ("delivery", "RESEND_RATE"),
        ("scheduler", "OTEL_TRACES_SAMPLER_ARG"),
        ("scheduler", "JOB_LEASE"),
        ("scheduler", "DRAIN_TIMEOUT"),
        ("scheduler", "MAX_ATTEMPTS"),
        ("scheduler", "HTTP_PORT"),
    )
    for value in ("nan", "inf", "-inf", "Infinity", "1e400", "-1", "some", "1;2", "0x10")
]


@pytest.mark.parametrize(("service", "name", "value"), NO_TIME + NO_NUMBERS)
def test_a_number_that_makes_no_sense_is_refused(
    service: str,
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)

    assert f"{name} " in refusal(capsys, service)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_HOST", "0.0.0.0:8001"),
        ("HTTP_HOST", "http://0.0.0.0"),
        ("HTTP_HOST", "two words"),
        ("KAFKA_BOOTSTRAP_SERVERS", "two words:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "::1:9092x"),
        ("KAFKA_BOOTSTRAP_SERVERS", "host:9092;other:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "host:٩٠٩٢"),
        ("KAFKA_INSTANCE_ID", "pod 1"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a\nb"),
        ("TRUSTED_HOSTS", "two words"),
    ],
)
def test_other_forms_that_can_not_work_are_refused(
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)

    assert f"{name} " in refusal(capsys, "scheduler")


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("LOG_LEVEL", "Debug ", "DEBUG"),
        ("LOG_FORMAT", "JSON", "json"),
        ("RELAY", "Dead-Letters", "dead-letters"),
        ("KAFKA_SECURITY_PROTOCOL", "plaintext", "PLAINTEXT"),
        ("KAFKA_SASL_MECHANISM", "scram-sha-256", "SCRAM-SHA-256"),
        ("HTTP_HOST", "::", "::"),
        ("KAFKA_BOOTSTRAP_SERVERS", "[::1]:9092, b_1:9093", "[::1]:9092,b_1:9093"),
    ],
)
def test_words_are_read_without_case(
    name: str, value: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    assert read(name, "scheduler") == taken


def test_a_password_keeps_its_blanks_and_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", " 'p w' \r\n")

    assert read("KAFKA_SASL_PASSWORD", "scheduler") == " 'p w' "


def _token(**changes: Any) -> dict[str, Any]:
    return {
        "name": "ops",
        "sha256": hashlib.sha256(b"t").hexdigest(),
        "role": "admin",
    } | changes


@pytest.mark.parametrize(
    "tokens",
    [
        json.dumps([_token(), _token(sha256="b" * 64)]),
        json.dumps([_token(), _token(name="OPS ", sha256="b" * 64)]),
        json.dumps([_token(), _token(name="acme", role="viewer")]),
        json.dumps([_token(), _token(name="a", sha256=_token()["sha256"].upper())]),
        json.dumps([_token(sha256=hashlib.sha256(b"").hexdigest())]),
        json.dumps([_token(sha256=hashlib.sha256(b"\n").hexdigest())]),
        json.dumps([_token(sha256="b" * 63)]),
        json.dumps([_token(name=" ")]),
        json.dumps([_token(workspace="")]),
        json.dumps(_token()),
        json.dumps([_token()])[:-2] + ', "role": "viewer"}]',
        "[" * 100_000,
        "NaN",
        '"x"',
    ],
)
def test_tokens_that_say_a_thing_twice_or_nothing_are_refused(
    tokens: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ADMIN_TOKENS", tokens)

    line = refusal(capsys, "scheduler")

    assert "ADMIN_TOKENS" in line
    assert _token()["sha256"] not in line


@pytest.mark.parametrize(
    "change",
    [
        lambda key: f" {key.replace(':', ' : ')} ",
        lambda key: key.rstrip("="),
        lambda key: key.replace("+", "-").replace("/", "_"),
        lambda key: f"{key},\n{generate_key('k2')}",
    ],
)
def test_encryption_keys_are_read_as_tools_write_them(
    change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", change(COMPLETE["ENCRYPTION_KEYS"]))

    assert read("ENCRYPTION_KEYS", "delivery").current == "k1"


@pytest.mark.parametrize(
    "value", ["k1", "k1:", ":abc", "k1:AAAA", f"k1:{'ab' * 32}", "k 1:AAAA", ","]
)
def test_encryption_keys_of_another_form_are_refused(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", value)

    assert "ENCRYPTION_KEYS" in refusal(capsys, "delivery")


def test_tls_files_are_read_at_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SSL")

    for path, said in (("gone.pem", "No such file"), ("ca.pem", "not PEM")):
        monkeypatch.setenv("KAFKA_SSL_CAFILE", path)
        line = refusal(capsys, "scheduler")
        assert "KAFKA_SSL_CAFILE can't be used" in line
        assert said in line


def test_the_line_names_the_variable_that_was_set_and_plain_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:s3cret@h/d?channel_binding=require")
    monkeypatch.setenv("JOB_LEASE", "0")

    line = refusal(capsys, "scheduler")

    assert "; JOB_LEASE should be greater than or equal to 1 seconds (it is '0')" in line
    assert "cannot start: DATABASE_URL asks for channel_binding" in line
    assert "s3cret" not in line


def test_it_may_be_in_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    line = "SCHEDULER_DATABASE_URL=mysql://h/d\n"
    (tmp_path / ".env").write_text(line, encoding="utf-8")

    assert "SCHEDULER_DATABASE_URL must start with" in refusal(capsys, "scheduler")
