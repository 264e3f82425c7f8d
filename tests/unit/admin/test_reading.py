"""Services are deployed in any order: what an older one does not tell yet is no reason to show nothing of it."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from leadstream.admin.calls import Call
from leadstream.admin.destinations import list_deliveries, list_recipients
from leadstream.admin.errors import StrangeError
from leadstream.admin.reading import read

AT = "2026-11-28T02:10:00Z"
DELIVERY: Mapping[str, Any] = {
    "id": "d1",
    "job_id": "d1",
    "workspace_id": "w1",
    "lead_id": "l1",
    "revision": 1,
    "channel": "email",
    "destination_id": "r1",
    "status": "delivered",
    "held_by": None,
    "attempts": 1,
    "receipt": "e1",
    "error_class": None,
    "error": None,
    "status_code": 200,
    "due_at": None,
    "digest_id": None,
    "delivered_at": AT,
    "fate": "delivered",
    "fate_at": AT,
    "created_at": AT,
    "updated_at": AT,
}
RECIPIENT: Mapping[str, Any] = {
    "id": "r1",
    "workspace_id": "w1",
    "email": "ann@acme.example",
    "full_name": None,
    "min_score": "hot",
    "enabled": True,
    "admin": True,
    "preferences": {"zone": "Europe/Berlin"},
    "suppressed": None,
    "created_at": AT,
    "updated_at": AT,
}


def listed(call: Call[Any], *rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(read(call, httpx.Response(200, json={"items": rows, "next": None}))["items"])


def without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.parametrize(
    ("call", "row", "gap", "nothing"),
    [
        (list_deliveries(), DELIVERY, "fate", None),
        (list_deliveries(), DELIVERY, "held_by", None),
        (list_recipients(), RECIPIENT, "admin", False),
        (list_recipients(), RECIPIENT, "preferences", {}),
    ],
)
def test_what_an_older_release_does_not_tell_is_nothing(
    call: Call[Any], row: Mapping[str, Any], gap: str, nothing: object
) -> None:
    older, newer = listed(call, without(row, gap), row)

    assert older == newer | {gap: nothing}


def test_several_gaps_are_filled_at_once() -> None:
    assert listed(list_recipients(), without(RECIPIENT, "admin", "preferences", "full_name"))


def test_what_a_newer_release_tells_besides_is_passed_over() -> None:
    assert listed(list_deliveries(), {**DELIVERY, "mood": "fine"})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "items: Field required"),
        ({"detail": "Not Found"}, "items: Field required"),
        ([], "the whole"),
        (None, "the whole"),
        ({"items": {}, "next": None}, "items: Input should be a valid"),
        ({"items": [{}], "next": None}, "items.0.id: Field required"),
        ({"items": [{"id": "d1"}], "next": None}, "items.0"),
        ({"items": [without(DELIVERY, "revision")], "next": None}, "items.0.revision"),
        ({"items": [without(DELIVERY, "status")], "next": None}, "items.0.status"),
        ({"items": [{**DELIVERY, "revision": None}], "next": None}, "items.0.revision"),
    ],
)
def test_what_no_release_says_is_named(document: Any, said: str) -> None:
    with pytest.raises(StrangeError, match=f"as no delivery does: {said}"):
        read(list_deliveries(), httpx.Response(200, json=document))


def test_what_is_no_json_is_named() -> None:
    with pytest.raises(StrangeError, match="Invalid JSON"):
        read(list_deliveries(), httpx.Response(200, text="<html>"))
