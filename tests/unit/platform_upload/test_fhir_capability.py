from typing import Any

import pytest

from leadstream_dev.sandbox.providers.fhir.options import FhirOptions
from leadstream_dev.sandbox.providers.fhir.statement import capability_statement
from platform_upload.adapters.fhir.capability import Capability, read_statement
from platform_upload.domain.answers import RefusedError, Verdict


def statement(**organization: Any) -> dict[str, Any]:
    resource = {"type": "Organization", "conditionalUpdate": True, **organization}
    return {"resourceType": "CapabilityStatement", "rest": [{"resource": [resource]}]}


def test_a_whole_statement_is_read() -> None:
    options = FhirOptions(versioning="versioned-update")

    assert read_statement(capability_statement(options)) == Capability(
        fhir_version="4.0.1", conditional_update=True, conditional_create=True, batch=True
    )


def test_what_is_not_said_is_not_there() -> None:
    assert read_statement(statement()) == Capability(conditional_update=True)


def test_the_servers_part_counts() -> None:
    found = statement()
    client = {"mode": "client", "resource": [{"type": "Organization"}]}

    assert read_statement(
        found | {"rest": [client, {"mode": "server", **found["rest"][0]}]}
    ).conditional_update


@pytest.mark.parametrize(
    "unfit",
    [
        {"resourceType": "CapabilityStatement"},
        {"rest": None},
        {"rest": [{"resource": "Organization"}]},
        {"rest": [{"resource": [{"type": "Patient", "conditionalUpdate": True}]}]},
        statement() | {"fhirVersion": "5.0.0"},
        statement() | {"fhirVersion": "3.0.2"},
        statement(conditionalUpdate=False),
        statement(conditionalUpdate="no"),
        statement(interaction=[{"code": "read"}]),
        statement(
            conditionalUpdate=False, conditionalCreate=True, interaction=[{"code": "update"}]
        ),
    ],
)
def test_a_server_that_is_not_for_us_is_a_fault_in_the_set_up(unfit: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        read_statement(unfit)

    assert caught.value.refused.verdict is Verdict.CONFIGURATION
