"""The retentions' defaults, and what they have to agree with."""

from datetime import timedelta

import pytest

from leadstream.contracts import registry
from unit.settings.test_env_example import SERVICES

GIVEN = {
    "job_retention": 30,
    "audit_retention": 400,
    "dead_letter_retention": 30,
    "lead_retention": 730,
    "billing_retention": 7 * 365 + 2,
}


@pytest.mark.parametrize("service", SERVICES)
def test_the_defaults_are_those_of_the_design(service: str) -> None:
    fields = SERVICES[service].model_fields

    found = {name: fields[name].default for name in GIVEN if name in fields}

    assert found == {name: timedelta(days=GIVEN[name]) for name in found}
    assert {"job_retention", "audit_retention", "dead_letter_retention"} <= set(found)


def test_dead_letters_are_noted_for_as_long_as_they_are_kept() -> None:
    topics = [topic for name, topic in registry.load().topics.items() if name.endswith(".dlq")]

    assert topics
    assert {topic.retention_days for topic in topics} == {GIVEN["dead_letter_retention"]}
