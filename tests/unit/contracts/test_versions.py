"""A second version of an event, as schemas/README.md tells to add one."""

from typing import ClassVar

import orjson
import pytest

from leadstream.contracts import (
    EVENTS,
    VERSIONS,
    Decoded,
    Event,
    LeadDiscovered,
    Record,
    codec,
    decode,
)

ID = "0199b2a4-5c00-7000-8000-000000000001"
VALUE = orjson.dumps({"lead_id": ID, "workspace_id": ID, "company": {"name": "Acme"}})


class LeadDiscoveredV2(LeadDiscovered):
    """The same, only newer."""

    version: ClassVar[int] = 2


@pytest.fixture(autouse=True)
def two_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = {LeadDiscoveredV2.event_type(): LeadDiscoveredV2}
    monkeypatch.setattr(codec, "VERSIONS", {**VERSIONS, **newer})
    monkeypatch.setattr(codec, "EVENTS", {**EVENTS, "lead.discovered": LeadDiscoveredV2})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("ce_type", b"lead.discovered.v1")], LeadDiscovered),
        ([("ce_type", b"lead.discovered.v2")], LeadDiscoveredV2),
        ([], LeadDiscoveredV2),
    ],
)
def test_each_version_is_read_and_the_newest_assumed(
    headers: list[tuple[str, bytes | None]], expected: type[Event]
) -> None:
    decoded = decode(Record(topic="lead.discovered", value=VALUE, headers=headers))

    assert isinstance(decoded, Decoded)
    assert type(decoded.event) is expected
    assert decoded.type == expected.event_type()
