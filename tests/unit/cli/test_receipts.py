"""A receipt is shown and checked whatever somebody with the database has made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from leadstream.admin.receipts import HOLDERS, Part, lines_of
from leadstream.cli.errors import CliError
from leadstream.cli.receipts import verify
from leadstream.cli.services import ServiceClient, ServiceClients
from leadstream.erasure.chain import Entry, Head, next_entry

RECEIPT = UUID(int=7)
ERASED = {"entry": "erased", "at": "2026-11-29", "removed": {"leads": 1}, "elsewhere": []}


class Clients(ServiceClients):
    """Services that have one entry each, as it is or as somebody has altered it."""

    def __init__(self, content: str | None = None, *, away: str | None = None) -> None:
        super().__init__({})
        whole = next_entry(Head(), RECEIPT, ERASED)
        self._entry = whole if content is None else replace(whole, content=content)
        self._head = Head(length=whole.seq, hash=whole.hash)
        self._away = away

    def __getitem__(self, service: str) -> ServiceClient:
        def answer(request: httpx.Request) -> httpx.Response:
            if service == self._away:
                raise httpx.ConnectError("refused")
            return self._answer(request)

        return ServiceClient(service, {}, transport=httpx.MockTransport(answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        shown = [_shown(self._entry)]
        if str(RECEIPT) in request.url.path:
            return httpx.Response(200, json={"entries": shown, "open": []})
        if request.url.path.endswith("/erasure-receipts"):
            items = shown if request.url.params["after"] == "0" else []
            head = {"length": self._head.length, "hash": self._head.hash.hex()}
            return httpx.Response(200, json={"items": items, "head": head})
        return httpx.Response(404, json={"error": {"message": "no such receipt"}})


def _shown(entry: Entry) -> Mapping[str, Any]:
    return {
        "seq": entry.seq,
        "receipt_id": str(entry.receipt_id),
        "content": entry.content,
        "previous": entry.previous.hex(),
        "hash": entry.hash.hex(),
    }


def test_what_nobody_has_touched_is_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(Clients(), RECEIPT)

    assert "all of it is as it was written" in capsys.readouterr().out


CONTENTS: Sequence[Any] = (
    {"entry": "erased"},
    {**ERASED, "removed": 3},
    {**ERASED, "elsewhere": [{}]},
    {"entry": "platform"},
    {"entry": "platform", "platform": "x", "state": 1},
    {"entry": "platform", "platform": "x", "state": "done", "records": [1]},
    {"entry": "searched"},
    {"entry": "joined", "parts": {"delivery": None, "x": {}}},
    {"entry": "joined", "parts": []},
    {},
    [],
    None,
    1,
)


@pytest.mark.parametrize("content", [*map(orjson.dumps, CONTENTS), b"", b"{"])
def test_what_somebody_has_altered_is_said_of_every_service(
    content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not verify(Clients(content.decode()), RECEIPT)

    said = capsys.readouterr()
    assert "as it was written" not in said.out
    for service in HOLDERS:
        assert f"{service}: entry 1: its content is not what was written" in said.err


def test_a_receipt_that_nobody_knows() -> None:
    with pytest.raises(CliError, match="no service knows a receipt"):
        verify(Clients(), UUID(int=8))


@pytest.mark.parametrize("away", HOLDERS)
def test_without_one_of_the_services_nothing_is_said_to_be_right(
    away: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CliError, match=f"{away} does not answer"):
        verify(Clients(away=away), RECEIPT)

    assert "as it was written" not in capsys.readouterr().out


@pytest.mark.parametrize("entry", [{}, {"what": "platform"}, {"what": "jobs"}])
def test_what_is_open_and_can_not_be_read_is_a_line_of_its_own(entry: dict[str, Any]) -> None:
    part = Part(service="delivery", entries=[], open=[entry, {"what": "jobs", "count": 2}])

    assert list(lines_of(part)) == [("open", "can't be read"), ("open: jobs", "2")]
