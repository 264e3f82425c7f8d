from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from enrichment.settings import Settings
from leadstream.settings import settings_table
from leadstream.settings.load import load

README = Path(__file__).parents[3] / "services" / "enrichment" / "README.md"
GIVEN = {
    "DATABASE_URL": "postgresql://user@host/database",
    "KAFKA_BOOTSTRAP_SERVERS": "host:9092",
    "CLAY_API_URL": "https://clay.example/v1",
    "CLAY_API_KEY": "secret-key",
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
        ("CLAY_API_URL", "clay"),
        ("CLAY_RATE_PER_SECOND", "0"),
        ("CLAY_BURST", "0"),
        ("ENRICHMENT_CONCURRENCY", "0"),
        ("ENRICHMENT_CACHE_DAYS", "-1"),
        ("ENRICHMENT_DAILY_BUDGET", "-1"),
        ("ENRICHMENT_DAILY_BUDGET", "some"),
        ("CLAY_VERIFICATION_TIMEOUT", "soon"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _set(monkeypatch, {**GIVEN, name: value})

    with pytest.raises(SystemExit):
        load(Settings, env_file=None)

    assert name in capsys.readouterr().err


@pytest.mark.parametrize("key", ["PEOPLE_DATA_LABS_API_KEY", "CLAY_PUBLIC_V0_API_KEY"])
def test_one_key_of_another_provider_is_enough(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without_clay = {name: value for name, value in GIVEN.items() if "CLAY" not in name}
    _set(monkeypatch, {**without_clay, key: "other-key"})

    (account,) = load(Settings, env_file=None).accounts

    assert account.credentials == {"api_key": "other-key"}
    assert account.scope == f"provider:{key.removesuffix('_API_KEY').lower()}"


def test_without_any_key_it_says_which_would_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_clay = {name: value for name, value in GIVEN.items() if "CLAY" not in name}
    _set(monkeypatch, {**without_clay, "HUNTER_API_KEY": "finds-nobody"})

    with pytest.raises(SystemExit):
        load(Settings, env_file=None)

    assert capsys.readouterr().err == (
        "enrichment: cannot start: CLAY_API_KEY is missing"
        " (or PEOPLE_DATA_LABS_API_KEY or CLAY_PUBLIC_V0_API_KEY: one of them is needed)\n"
    )


def test_without_a_budget_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {**GIVEN, "ENRICHMENT_DAILY_BUDGET": "", "ENRICHMENT_CACHE_DAYS": "0.5"})

    settings = load(Settings, env_file=None)

    assert settings.enrichment_daily_budget is None
    assert settings.cache == timedelta(hours=12)


def _set(monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]) -> None:
    others = ("PEOPLE_DATA_LABS_API_KEY", "CLAY_PUBLIC_V0_API_KEY", "HUNTER_API_KEY")
    for name in (*GIVEN, *others, "ENRICHMENT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
