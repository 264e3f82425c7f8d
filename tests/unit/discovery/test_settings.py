from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from discovery.settings import Settings
from leadstream.settings import settings_table

README = Path(__file__).parents[3] / "services" / "discovery" / "README.md"
GIVEN = {
    "DATABASE_URL": "postgresql://discovery@127.0.0.1/leadstream",
    "kafka_bootstrap_servers": "127.0.0.1:9092",
    "datashopper_api_url": "https://api.datashopper.example/v1/",
    "datashopper_api_key": "key",
}


def _settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **GIVEN | changes)


def test_the_readme_has_every_variable() -> None:
    assert settings_table(Settings) in README.read_text(encoding="utf-8")


def test_the_url_is_taken_without_its_last_slash() -> None:
    assert _settings().datashopper_api_url == "https://api.datashopper.example/v1"


@pytest.mark.parametrize(
    "change",
    [
        {"datashopper_api_url": "api.datashopper.example"},
        {"datashopper_api_url": "ftp://api.datashopper.example"},
        {"datashopper_api_url": "https://api.datashopper.example/?key=1"},
        {"datashopper_api_key": "schlüssel"},
        {"datashopper_api_key": "two words"},
        {"datashopper_api_key": "line\n"},
        {"datashopper_per_second": 0},
        {"run_query_concurrency": 0},
    ],
)
def test_what_cannot_work_is_refused_at_the_start(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _settings(**change)


@pytest.mark.parametrize("name", ["datashopper_api_url", "datashopper_api_key"])
def test_there_is_no_provider_by_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name.upper(), raising=False)
    given = {key: value for key, value in GIVEN.items() if key != name}

    with pytest.raises(ValidationError):
        Settings(_env_file=None, **given)  # type: ignore[arg-type]  # pydantic reads it


def test_a_token_of_g2_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATASHOPPER_API_KEY", "DATASHOPPER_API_URL"):
        monkeypatch.delenv(name, raising=False)
    others = {key: value for key, value in GIVEN.items() if "datashopper" not in key}

    (account,) = Settings(_env_file=None, **others, g2_api_token="token").accounts  # type: ignore[arg-type]  # pydantic reads it

    assert (account.scope, account.credentials) == ("provider:g2", {"api_token": "token"})


def test_who_says_so_starts_without_any_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pushed or imported, and what workspaces find with keys of their own, needs none."""
    for name in ("DATASHOPPER_API_KEY", "DATASHOPPER_API_URL", "G2_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    others = {key: value for key, value in GIVEN.items() if "datashopper" not in key}

    assert Settings(_env_file=None, **others, keyless=True).accounts == []  # type: ignore[arg-type]  # pydantic reads it
    with pytest.raises(ValidationError, match="unless KEYLESS=true"):
        Settings(_env_file=None, **others, keyless=False)  # type: ignore[arg-type]  # pydantic reads it
