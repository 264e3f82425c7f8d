from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leadstream.settings import settings_table
from leadstream.settings.load import load
from platform_upload.bootstrap import _budget
from platform_upload.settings import Settings
from support.keys import generate_key

README = Path(__file__).parents[3] / "services" / "platform-upload" / "README.md"
GIVEN = {
    "DATABASE_URL": "postgresql://user@host/database",
    "KAFKA_BOOTSTRAP_SERVERS": "host:9092",
    "ENCRYPTION_KEYS": generate_key("k1"),
}


def test_the_readme_has_every_setting() -> None:
    assert settings_table(Settings) in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_it_starts_only_with_a_complete_configuration_and_names_what_is_missing(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _set(monkeypatch, {name: value for name, value in GIVEN.items() if name != missing})

    with pytest.raises(SystemExit):
        load(Settings, env_file=None)

    line = capsys.readouterr().err
    assert missing in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUBSPOT_API_URL", "api.hubapi.com"),
        ("HUBSPOT_API_VERSION", "v3"),
        ("SALESFORCE_API_VERSION", "latest"),
        ("SHOPIFY_API_VERSION", "latest"),
        ("UPLOAD_CALLS", "1"),
        ("UPLOAD_CONCURRENCY", "0"),
        ("UPLOAD_CONNECTION_CONCURRENCY", "0"),
        ("UPLOAD_LINGER", "soon"),
        ("ENCRYPTION_KEYS", "k1:short"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _set(monkeypatch, {**GIVEN, name: value})

    with pytest.raises(SystemExit):
        load(Settings, env_file=None)

    assert name in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lease", "timeout", "longest"), [(90, 60, 55), (90, 600, 67), (10, 60, 4), (30, 60, 19)]
)
def test_an_attempt_ends_with_what_it_knows_before_its_lease_does(
    lease: int, timeout: int, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, {**GIVEN, "JOB_LEASE": str(lease), "UPLOAD_TIMEOUT": str(timeout)})

    left = _budget(load(Settings, env_file=None))().left

    assert timedelta(seconds=longest - 1) < left <= timedelta(seconds=longest)
    assert left < timedelta(seconds=lease) * 0.8


def _set(monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]) -> None:
    for name in (*GIVEN, "PLATFORM_UPLOAD_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
