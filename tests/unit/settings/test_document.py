from datetime import timedelta

import pytest
from pydantic import Field, SecretStr

from leadstream.settings import (
    SERVICE_PORTS,
    Hosts,
    Seconds,
    ServiceSettings,
    seconds,
    settings_table,
    variables,
)


class Settings(ServiceSettings, service="delivery"):
    resend_api_key: SecretStr = Field(description="Resend's key.")
    resend_from: str | None = Field(default=None, description="Sender; `a|b` is no sender.")
    webhook_timeout: Seconds = Field(default=seconds(10), description="Seconds for a webhook.")
    slack_hosts: Hosts = Field(default=("hooks.slack.com", "b.example"), description="Slack.")
    is_on: bool = Field(default=True, description="Whether.")


def test_each_variable_has_a_row() -> None:
    rows = settings_table(Settings).splitlines()

    assert rows[:2] == ["| variable | default | meaning |", "|---|---|---|"]
    assert "| `RESEND_API_KEY` | required | Resend's key. |" in rows
    assert "| `RESEND_FROM` |  | Sender; `a\\|b` is no sender. |" in rows
    assert "| `WEBHOOK_TIMEOUT` | `10` | Seconds for a webhook. |" in rows
    assert "| `SLACK_HOSTS` | `hooks.slack.com,b.example` | Slack. |" in rows
    assert "| `IS_ON` | `true` | Whether. |" in rows
    assert len(rows) == 2 + len(Settings.model_fields)


def test_the_services_own_database_variable_is_named() -> None:
    [row] = [row for row in settings_table(Settings).splitlines() if "DATABASE_URL" in row]

    assert row.startswith("| `DELIVERY_DATABASE_URL` or `DATABASE_URL` | required |")


def test_a_default_written_as_shown_gives_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"DATABASE_URL": "postgresql://x/y", "KAFKA_BOOTSTRAP_SERVERS": "k:1"}
    for name, value in {**given, "RESEND_API_KEY": "r"}.items():
        monkeypatch.setenv(name, value)
    plain = Settings(_env_file=None)

    for variable in variables(Settings):
        if variable.default not in {"", "required"}:
            monkeypatch.setenv(variable.names[-1], variable.default)

    assert Settings(_env_file=None) == plain
    assert plain.job_retention == timedelta(days=30)


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_every_common_variable_has_a_meaning(service: str) -> None:
    class Own(ServiceSettings, service=service):
        pass

    assert not [variable.names for variable in variables(Own) if not variable.meaning]
    assert f"`{SERVICE_PORTS[service]}`" in settings_table(Own)
