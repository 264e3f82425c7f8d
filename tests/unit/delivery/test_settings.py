from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from delivery.settings import Settings
from leadstream.settings import settings_table
from support.keys import generate_key

README = Path(__file__).parents[3] / "services" / "delivery" / "README.md"


def settings(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": "postgresql://localhost/x",
        "kafka_bootstrap_servers": "localhost:9092",
        "encryption_keys": generate_key("k1"),
        "resend_api_key": "re_key",
        "resend_from": "Leadstream <alerts@leadstream.example>",
    }
    return Settings(_env_file=None, **(values | changes))


def test_the_readme_lists_the_settings_as_they_are() -> None:
    assert settings_table(Settings) in README.read_text(encoding="utf-8")


def test_the_defaults_are_those_of_production() -> None:
    found = settings()

    assert found.http_port == 8003
    assert found.resend_api_url == "https://api.resend.com"
    assert (found.webhook_timeout.total_seconds(), found.max_attempts) == (10, 3)


@pytest.mark.parametrize(
    ("given", "begins_with"),
    [
        ({}, None),
        ({"console_public_url": "https://leads.example"}, "https://leads.example"),
        ({"app_url": "https://app.example"}, "https://app.example"),
        (
            {"app_url": "https://app.example", "console_public_url": "https://leads.example"},
            "https://app.example",
        ),
    ],
)
def test_links_lead_to_the_console_unless_there_is_an_application(
    given: dict[str, str], begins_with: str | None
) -> None:
    assert settings(**given).leads_url == begins_with


@pytest.mark.parametrize(
    "change",
    [
        {"resend_from": "Leadstream\r\nBcc: x <a@b.example>"},
        {"email_footer": "1 Market Street\nSan Francisco"},
        {"app_url": "javascript:alert(1)"},
        {"console_public_url": "javascript:alert(1)"},
        {"delivery_public_url": "https://alerts.example\n"},
        {"resend_rate": 0},
        {"resend_webhook_secret": "whsec_short"},
        {"encryption_keys": None},
        {"resend_api_key": None},
    ],
)
def test_what_would_not_work_is_refused_at_the_start(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**change)
