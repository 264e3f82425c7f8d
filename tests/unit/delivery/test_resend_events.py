from typing import Any
from uuid import UUID

import orjson
import pytest

from delivery.adapters.email.events import Undeliverable, read_event
from unit.delivery.drafts import WORKSPACE


def event(kind: str, **data: Any) -> bytes:
    given = {"to": ["Ops@acme.example"], "tags": {"workspace_id": str(WORKSPACE)}}
    return orjson.dumps({"type": kind, "data": given | data})


def test_b27_what_makes_an_address_get_nothing() -> None:
    permanent = event("email.bounced", bounce={"type": "Permanent"})

    expected = Undeliverable(WORKSPACE, ("ops@acme.example",), "bounced")
    assert read_event(permanent) == expected
    complained = read_event(event("email.complained"))
    assert complained is not None
    assert complained.reason == "complained"
    assert read_event(event("email.suppressed")) == expected


@pytest.mark.parametrize(
    "body",
    [
        event("email.bounced", bounce={"type": "Transient"}),
        event("email.bounced", bounce={"type": "Undetermined"}),
        event("email.bounced"),
        event("email.delivered"),
        event("email.complained", tags={}),
        event("email.complained", tags={"workspace_id": "none"}),
        event("email.complained", tags="workspace_id"),
        event("email.complained", to=None),
        b"[]",
        b"null",
        b"{",
        b"\xff",
    ],
)
def test_other_news_changes_nothing(body: bytes) -> None:
    assert read_event(body) is None


def test_news_count_however_they_are_written() -> None:
    bounced = event("Email.Bounced ", to=" Ops@acme.example", bounce={"type": "PERMANENT"})

    assert read_event(b"\xef\xbb\xbf" + bounced) == Undeliverable(
        WORKSPACE, ("ops@acme.example",), "bounced"
    )


def test_tags_may_come_as_pairs() -> None:
    found = read_event(
        event("email.complained", tags=[{"name": "workspace_id", "value": str(UUID(int=3))}])
    )

    assert found is not None
    assert found.workspace_id == UUID(int=3)
