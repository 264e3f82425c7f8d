from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from enrichment.domain.money import Caps
from enrichment.price_list import read_prices
from enrichment.settings import Settings
from leadstream.accounts.routine import Routine
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
        ("SPENDING_CAP_DAILY", "-0.01"),
        ("SPENDING_CAP_DAILY", "1.001"),
        ("SPENDING_CAP_MONTHLY", "1,000"),
        ("SPENDING_CAP_MONTHLY", "NaN"),
        ("CURRENCY", "€"),
        ("CLAY_VERIFICATION_TIMEOUT", "soon"),
        ("CLAY_PUBLIC_V0_ROUTINE_ID", "two words"),
        ("CLAY_PUBLIC_V0_INPUTS", "name"),
        ("CLAY_PUBLIC_V0_INPUTS", '{"name": "Full Name"}'),
        ("CLAY_PUBLIC_V0_INPUTS", '{"phone": "Phone", "domain": "Domain"}'),
        ("CLAY_PUBLIC_V0_WEBHOOK_ID", "https://example.org"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _set(monkeypatch, {**GIVEN, name: value})

    with pytest.raises(SystemExit):
        load(Settings, env_file=None)

    assert name in capsys.readouterr().err


def test_the_deployments_account_at_clay_has_its_routine(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = '{"name": "Full Name", "domain": "Domain"}'
    given = {
        "CLAY_PUBLIC_V0_API_KEY": "key",
        "CLAY_PUBLIC_V0_ROUTINE_ID": "function:t_1",
        "CLAY_PUBLIC_V0_INPUTS": inputs,
        "CLAY_PUBLIC_V0_WEBHOOK_SECRET": "whsec_1",
    }
    _set(monkeypatch, {**GIVEN, **given})

    account = load(Settings, env_file=None).clay_public

    assert account is not None
    assert account.credentials == {"api_key": "key", "webhook_secret": "whsec_1"}
    routine = Routine.of(account.settings)
    assert routine == Routine(
        id="function:t_1",
        inputs={"name": "Full Name", "domain": "Domain"},
        result_email="work_email",
    )
    assert "whsec" not in repr(account)


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
        " (or PEOPLE_DATA_LABS_API_KEY or CLAY_PUBLIC_V0_API_KEY: one of them is needed, unless KEYLESS=true)\n"
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


def test_prices_are_exact_and_of_what_a_provider_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prices = (
        '{"people_data_labs": {"enrich": 0.1}, "clay_compat": {"enrich": "0.0333", "verify": 1}}'
    )
    _set(monkeypatch, {**GIVEN, "PROVIDER_PRICES": prices, "SPENDING_CAP_DAILY": "100.00"})

    settings = load(Settings, env_file=None)

    of = settings.provider_prices.of
    assert of("people_data_labs", "enrich") == Decimal("0.1")
    assert (of("clay", "enrich"), of("clay", "verify")) == (Decimal("0.0333"), Decimal(1))
    assert of("hunter", "verify") == 0
    assert settings.caps == Caps(daily=Decimal(100), monthly=None)
    assert read_prices(str(settings.provider_prices)) == settings.provider_prices


@pytest.mark.parametrize(
    ("prices", "says"),
    [
        ("0.28", "must be JSON such as"),
        ('{"people_data_labs": 0.28}', "people_data_labs: must be an object of prices"),
        ('{"peopledatalabs": {"enrich": 1}}', "peopledatalabs: there is no such provider"),
        ('{"g2": {"enrich": 1}}', "g2: is asked by discovery, which counts no cost"),
        ('{"hunter": {"enrich": 1}}', "hunter.enrich: hunter is asked for verify only"),
        ('{"hunter": {"verify": -0.01}}', "hunter.verify: must be a price of 0 or more"),
        ('{"hunter": {"verify": "1,5"}}', "hunter.verify: must be a price"),
        ('{"hunter": {"verify": true}}', "hunter.verify: must be a price"),
        ('{"hunter": {"verify": null}}', "hunter.verify: must be a price"),
        ('{"hunter": {"verify": NaN}}', "hunter.verify: must be a price"),
        ('{"hunter": {"verify": 0.000000001}}', "up to 8 decimal places"),
        ('{"hunter": {"verify": 1e400}}', "hunter.verify: must be a price"),
        ('{"hunter": {"verify": 1, "verify": 2}}', "has verify twice"),
        ('{"clay": {"enrich": 1}, "clay_compat": {"enrich": 2}}', "has clay_compat twice"),
    ],
)
def test_a_price_list_that_is_wrong_says_where(
    prices: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _set(monkeypatch, {**GIVEN, "PROVIDER_PRICES": prices})

    with pytest.raises(SystemExit):
        load(Settings, env_file=None)

    line = capsys.readouterr().err
    assert "PROVIDER_PRICES" in line
    assert says in line
