"""What the services say of a person, put together; and what is said where one says nothing."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from click.testing import CliRunner

from leadstream.admin.person import Everything
from leadstream.cli.person import person_group

ADA = "ada@acme.example"
LEAD = "01900000-0000-7000-8000-000000000001"
WORKSPACE = "5f0c1d1e-0000-4000-8000-000000000001"
SINCE = "2026-11-29T10:00:00Z"


def an_item(store: str, *, revision: int | None = 1, **facts: Any) -> Any:
    return {
        "store": store,
        "workspace_id": WORKSPACE,
        "lead_id": LEAD,
        "revision": revision,
        "provider": "clay",
        "collected_at": SINCE,
        "facts": facts,
    }


UPLOADED = an_item(
    "uploads",
    platform="tech-platform",
    adapter="hubspot",
    external_id="7",
    upload=LEAD,
    status="uploaded",
    at=SINCE,
)
DELIVERED = {
    "id": LEAD,
    "origin": None,
    "workspace_id": WORKSPACE,
    "lead_id": LEAD,
    "revision": 1,
    "channel": "slack",
    "destination": "sales",
    "destination_id": LEAD,
    "status": "delivered",
    "at": SINCE,
}


class Stack:
    """Four services, by port; each answers `people/show` in two pages."""

    def __init__(self) -> None:
        self.items: dict[int, list[dict[str, Any]]] = {}
        self.away: set[int] = set()
        self.asked: list[tuple[int, str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        port, path = request.url.port or 0, request.url.path.removeprefix("/api/admin/")
        body = orjson.loads(request.content) if request.content else None
        self.asked.append((port, path, body))
        if port in self.away:
            raise httpx.ConnectError("nobody is there")
        if body and "@" not in body.get("email", "@"):
            error = {"code": "invalid", "message": "must be an e-mail address", "field": "email"}
            return httpx.Response(422, json={"error": error})
        return httpx.Response(200, json=self._answer(port, path, body))

    def _answer(self, port: int, path: str, body: Any) -> dict[str, Any]:
        match path:
            case "people/show":
                first = "after" not in body
                items = self.items.get(port, [])
                return {
                    "remembered": [],
                    "items": items[:1] if first else items[1:],
                    "next": "jobs:" if first else None,
                }
            case "people/disclosures":
                return {"items": [DELIVERED] if body["leads"] else []}
            case "people/object":
                return {
                    "id": LEAD,
                    "receipt_id": LEAD,
                    "workspace_id": None,
                    "dry_run": False,
                    "known": False,
                    "removed": {"jobs": 2},
                    "elsewhere": {},
                    "started_at": SINCE,
                    "finished_at": SINCE,
                }
            case _:
                return {"lifted": True}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack, real = Stack(), httpx.Client

    def client(**options: Any) -> httpx.Client:
        return real(**{**options, "transport": httpx.MockTransport(stack)})

    monkeypatch.setattr("leadstream.cli.services.httpx.Client", client)
    return stack


def run(*arguments: str) -> Any:
    return CliRunner().invoke(person_group, list(arguments))


def test_all_services_are_one_document(stack: Stack, tmp_path: Path) -> None:
    contact = an_item("contacts", full_name="Ada Lovelace", email=ADA)
    stack.items = {8002: [contact], 8004: [an_item("jobs", contact={"email": ADA}), UPLOADED]}
    target = tmp_path / "ada.json"

    ran = run("show", ADA, "--json", str(target))

    assert ran.exit_code == 0, ran.output
    assert "Ada Lovelace" in ran.output
    assert target.stat().st_mode & 0o077 == 0
    document = orjson.loads(target.read_bytes())
    assert document["held"]["enrichment"] == [contact]
    assert [each["to"] for each in document["disclosures"]] == ["slack", "tech-platform"]
    assert [each["where"] for each in document["disclosures"]] == ["sales", "hubspot 7"]
    (asked,) = [body for _, path, body in stack.asked if path == "people/disclosures"]
    assert asked == {"leads": [{"lead_id": LEAD, "revision": 1}]}


def test_who_is_unknown_is_nowhere_and_that_is_an_answer(stack: Stack) -> None:
    ran = run("show", ADA)

    assert ran.exit_code == 0
    assert "nothing of this person is here" in ran.output


@pytest.mark.parametrize("command", [("show", ADA), ("object", ADA, "--reason", "x")])
def test_whoever_does_not_answer_is_named(stack: Stack, command: tuple[str, ...]) -> None:
    stack.away = {8003}

    ran = run(*command)

    assert ran.exit_code == 1
    assert "not all: delivery has not answered" in ran.output
    assert {port for port, _, _ in stack.asked} == {8001, 8002, 8003, 8004}, "the others are asked"


@pytest.mark.parametrize("command", [("show", "ada"), ("object", "ada", "--reason", "x")])
def test_what_is_no_address_is_refused(stack: Stack, command: tuple[str, ...]) -> None:
    ran = run(*command)

    assert ran.exit_code == 1
    assert "must be an e-mail address" in ran.output


def test_an_objection_is_made_and_lifted_in_every_service(stack: Stack) -> None:
    made = run("object", ADA, "--reason", "ticket 7", "--workspace", WORKSPACE)
    lifted = run("object", ADA, "--reason", "ticket 7", "--lift")

    assert made.output.count("from now on") == 4
    assert "taken out of jobs" in made.output
    assert lifted.output.count("lifted") == 4
    assert [
        body.get("workspace_id") for _, path, body in stack.asked if path == "people/object"
    ] == [WORKSPACE] * 4


def test_a_lead_is_asked_for_by_revision_where_any_is_known() -> None:
    found = Everything()
    found.held = {
        "enrichment": [an_item("contacts"), an_item("contacts", revision=2)],
        "discovery": [an_item("leads", revision=None)],
        "delivery": [an_item("deliveries", revision=3, error=None, to_them=True)],
    }

    assert found.leads() == [
        {"lead_id": LEAD, "revision": 1},
        {"lead_id": LEAD, "revision": 2},
    ]
