"""A workspace of a test's own, and what it sees of the platform."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from contract.platforms.case import Event, Op, PlatformCase, Record
from contract.platforms.stage import Stage
from leadstream.ids import connection_id
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject
from support.uploads import a_person, an_upload

ENDED = "its test has ended"


class Site:
    def __init__(self, case: PlatformCase, stage: Stage) -> None:
        self.case = case
        self.stage = stage
        self.workspace = uuid4()

    @property
    def account(self) -> str:
        return self.account_at(self.case.platform)

    def account_at(self, platform: str) -> str:
        return f"sandbox-{self.workspace.hex[:12]}-{platform.removesuffix('-platform')}"

    def connection(self, platform: str | None = None) -> str:
        return str(connection_id(self.workspace, platform or self.case.platform))

    async def connect(self, platform: str | None = None, **settings: Any) -> dict[str, Any]:
        platform = platform or self.case.platform
        account = self.account_at(platform)
        await self.case.prepare(self.stage.sandbox, account)
        way = self.case.way(self.stage.sandbox, account)
        body = {
            "workspace_id": str(self.workspace),
            "platform": platform,
            "adapter": self.case.adapter,
            "settings": {**way.settings, **settings},
            "credentials": way.credentials,
        }
        return await self.stage.post("/connections", body, status=201)

    def lead(self, number: int = 0, *, revision: int = 1, **changes: Any) -> dict[str, Any]:
        """An event about a company of the case's industry; no other test's lead has its id."""
        values = {"industry": self.case.industry, "id": str(uuid5(self.workspace, str(number)))}
        return an_upload(number, workspace=self.workspace, revision=revision, **(values | changes))

    def leads(self, count: int, *, start: int = 0, **changes: Any) -> list[dict[str, Any]]:
        """Companies and people of their own."""
        numbers = range(start, start + count)
        return [self.lead(number, **(a_person(number) | changes)) for number in numbers]

    async def take(self, *events: Any) -> None:
        await self.stage.take(*events)

    async def settle(self) -> None:
        await self.stage.settle(self.workspace)

    async def upload(self, *events: Any) -> None:
        """Let the service take events in and do what it can do now."""
        await self.take(*events)
        await self.settle()

    async def rows(self, **wanted: Any) -> list[dict[str, Any]]:
        return await self.stage.all_items("/uploads", workspace_id=str(self.workspace), **wanted)

    async def row(self, event: Event) -> dict[str, Any]:
        (found,) = await self.rows(lead_id=event["lead_id"])
        return found

    async def statuses(self, **wanted: Any) -> Counter[str]:
        return Counter(row["status"] for row in await self.rows(**wanted))

    async def holds(self) -> set[str]:
        """Why leads wait, if they do."""
        return {reason for row in await self.rows() for reason in row["held_by"] or ()}

    async def billed(self) -> Counter[str]:
        """How often each lead was."""
        billed = await self.stage.all_items("/billing-events", workspace_id=str(self.workspace))
        return Counter(event["lead_id"] for event in billed)

    async def jobs(self) -> list[Any]:
        query = "SELECT * FROM jobs WHERE workspace_id = $1 ORDER BY created_at, id"
        return list(await self.stage.database.pool.fetch(query, self.workspace))

    async def outcomes(self, event: Event) -> list[str]:
        """How the attempts at a lead have ended, in their order."""
        query = """
        SELECT outcome FROM job_attempts JOIN jobs ON jobs.id = job_attempts.job_id
         WHERE jobs.lead_id = $1 AND jobs.kind = 'upload-lead' ORDER BY jobs.created_at, number
        """
        lead = UUID(event["lead_id"])
        return [row["outcome"] for row in await self.stage.database.pool.fetch(query, lead)]

    async def script(self, op: Op, *steps: JsonObject) -> None:
        """Say what happens to the next calls of a kind."""
        control = self.stage.sandbox.control
        await control.script(self.case.provider, op.name, *steps, match=dict(op.match))

    async def behave(self, op: Op, *, about: Event, **switches: Any) -> None:
        """Let the calls of a kind that are about a lead go wrong."""
        await self.stage.sandbox.control.behave(
            self.case.provider,
            op.name,
            match=dict(op.match),
            contains=about["lead_id"],
            **switches,
        )

    def calls(self, account: str | None = None, **wanted: Any) -> list[Entry]:
        """What the platform was asked by the account, as the sandbox has it."""
        found = self.stage.sandbox.ledger.entries(provider=self.case.provider, **wanted)
        return [entry for entry in found if self.case.is_of(entry, account or self.account)]

    def handed(self, account: str | None = None) -> list[list[str]]:
        """The leads of each call that has handed some over."""
        handed = [list(self.case.handed(entry)) for entry in self.calls(account)]
        return [leads for leads in handed if leads]

    async def records(self, account: str | None = None) -> Mapping[str, list[Record]]:
        return await self.case.records(self.stage.sandbox, account or self.account)

    async def record(self, event: Event) -> Record:
        (found,) = (await self.records())[event["lead_id"]]
        return found

    async def lift(self, reason: str, *, at_least: timedelta) -> None:
        """End the pause of this workspace's connection, which is to be of some length."""
        scope = f"connection:{self.connection()}"
        (pause,) = (p for p in await self.stage.items("/pauses") if p["scope"] == scope)
        length = datetime.fromisoformat(pause["until"]) - datetime.fromisoformat(
            pause["created_at"]
        )
        assert pause["reason"] == reason
        assert length >= at_least
        async with self.stage.http() as http:
            answer = await http.delete(f"/pauses/{pause['id']}")
        assert answer.is_success, answer.text

    async def story(self) -> str:
        """What has happened, for whoever reads of a failed test."""
        shown = ("status", "held_by", "error", "adjustments")
        rows = [{name: row[name] for name in shown} for row in await self.rows()]
        pauses = [p for p in await self.stage.items("/pauses") if p["reason"] != ENDED]
        calls = [(e.operation, e.status, e["fault"], e.time.isoformat()) for e in self.calls()]
        parts = [*rows[:20], *pauses[-5:], *calls[-30:]]
        return "\n".join(map(str, parts))

    async def leave(self) -> None:
        """Let nothing of this workspace run on beside the next test."""
        held = {"scope": f"workspace:{self.workspace}", "reason": ENDED}
        await self.stage.post("/pauses", held, status=201)
