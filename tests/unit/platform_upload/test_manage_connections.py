from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from platform_upload.application.manage_connections import (
    ChangedMeanwhileError,
    adapter_named,
    draft_new,
    fields_of,
    save,
)
from platform_upload.application.ports import Given, InvalidConnectionError
from platform_upload.application.try_connection import try_connection
from platform_upload.domain.answers import Verdict
from platform_upload.domain.connection import Connection, Hold, Status
from unit.platform_upload.builders import (
    NOW,
    PLATFORM,
    WORKSPACE,
    FakeAdapter,
    a_budget,
    a_connection,
    refused,
)


class FakeBook:
    def __init__(self, held: Connection | None = None) -> None:
        self.held = held
        self.saved = 0
        self.holds: set[str] = {Hold.MISSING, "somebody's own reason"}
        self.locked: list[UUID] = []

    async def lock(self, connection_id: UUID) -> None:
        self.locked.append(connection_id)

    async def get(self, connection_id: UUID) -> Connection | None:
        assert connection_id in self.locked
        return self.held

    async def save(self, connection: Connection) -> None:
        self.held = connection
        self.saved += 1

    async def lift(self, connection_id: UUID, reasons: Sequence[str]) -> None:
        self.holds -= set(reasons)

    async def hold(self, connection_id: UUID, reason: str, why: str | None = None) -> None:
        self.holds.add(reason)


async def a_draft(held: Connection | None = None, **changes: Any) -> Connection:
    given: dict[str, Any] = {
        "adapter": FakeAdapter(),
        "credentials": {"key": "secret"},
        "settings": None,
        "status": None,
    } | changes
    return await draft_new(
        given["adapter"],
        Given(given["settings"], given["credentials"]),
        workspace_id=WORKSPACE,
        platform=PLATFORM,
        held=held,
        status=given["status"],
    )


async def test_b35_making_a_connection_lets_its_leads_go_in_the_same_transaction() -> None:
    book = FakeBook()

    edit = await save(book, await a_draft(), seen=None, now=NOW)

    assert edit.before is None
    assert edit.changed
    # What an operator has paused stays paused.
    assert book.holds == {"somebody's own reason"}


async def test_the_same_connection_again_changes_nothing() -> None:
    held = a_connection()
    book = FakeBook(held)

    edit = await save(book, await a_draft(held), seen=held, now=NOW)

    assert not edit.changed
    assert book.saved == 0


async def test_a_new_credential_is_a_new_version() -> None:
    held = a_connection()
    book = FakeBook(held)

    edit = await save(book, await a_draft(held, credentials={"key": "new"}), seen=held, now=NOW)

    assert (edit.after.version, edit.after.rotated_at) == (2, NOW)
    assert Hold.MISSING not in book.holds


async def test_what_was_changed_by_somebody_else_is_not_overwritten() -> None:
    seen = a_connection()
    book = FakeBook(replace(seen, version=2))

    with pytest.raises(ChangedMeanwhileError):
        await save(book, await a_draft(seen), seen=seen, now=NOW)


async def test_a_connection_that_somebody_else_has_just_made_is_not_overwritten() -> None:
    with pytest.raises(ChangedMeanwhileError):
        await save(FakeBook(a_connection()), await a_draft(), seen=None, now=NOW)


async def test_a_paused_connection_goes_on_holding_its_leads() -> None:
    held = a_connection()
    book = FakeBook(held)

    await save(book, await a_draft(held, status=Status.PAUSED), seen=held, now=NOW)

    assert book.held
    assert book.held.status is Status.PAUSED
    assert Hold.PAUSED in book.holds


async def test_a_disabled_connection_stays_so_while_it_leads_to_the_same_place() -> None:
    held = a_connection(status=Status.DISABLED, disabled_reason="gone")
    book = FakeBook(held)

    edit = await save(book, await a_draft(held), seen=held, now=NOW)

    assert (edit.after.status, edit.after.disabled_reason) == (Status.DISABLED, "gone")
    assert Hold.DISABLED in book.holds


async def test_another_place_enables_a_disabled_connection() -> None:
    held = a_connection(status=Status.DISABLED, disabled_reason="gone")
    draft = await a_draft(held, settings={"url": "elsewhere"})

    edit = await save(FakeBook(held), draft, seen=held, now=NOW + timedelta(days=1))

    assert (edit.after.status, edit.after.disabled_reason) == (Status.ACTIVE, None)


async def test_what_is_wanted_by_name_enables_it_too() -> None:
    held = a_connection(status=Status.DISABLED, disabled_reason="gone")
    book = FakeBook(held)

    edit = await save(book, await a_draft(held, status=Status.ACTIVE), seen=held, now=NOW)

    assert edit.after.status is Status.ACTIVE
    assert Hold.DISABLED not in book.holds


async def test_settings_of_another_adapter_are_not_taken_over() -> None:
    held = a_connection(adapter="other")

    with pytest.raises(InvalidConnectionError) as caught:
        await a_draft(held, credentials=None)

    assert caught.value.field == "credentials.key"


async def test_a_platform_that_does_not_exist_cannot_be_connected() -> None:
    with pytest.raises(InvalidConnectionError) as caught:
        await draft_new(
            FakeAdapter(),
            Given({}, {"key": "x"}),
            workspace_id=WORKSPACE,
            platform="moon-platform",
            held=None,
            status=None,
        )

    assert caught.value.field == "platform"


def test_an_adapter_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(InvalidConnectionError, match="hubspot, webhook"):
        adapter_named({"webhook": FakeAdapter(), "hubspot": FakeAdapter()}, "pipedrive")


def test_b47_what_the_audit_says_holds_no_credential() -> None:
    assert "secret" not in str(fields_of(a_connection()))
    assert "secret" not in repr(a_connection())


async def test_trying_a_connection_says_what_the_platform_said() -> None:
    adapter = FakeAdapter()
    assert (await try_connection(adapter, a_connection(), a_budget)).ok
    adapter.says = [refused(Verdict.CREDENTIAL, status_code=401)]

    tested = await try_connection(adapter, a_connection(), a_budget)

    assert (tested.ok, tested.verdict, tested.status_code) == (False, "credential", 401)
