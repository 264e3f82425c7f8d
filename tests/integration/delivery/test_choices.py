"""Cases 20 to 28 for each choice of a recipient: it says when an e-mail comes, and nothing about anything else."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
import pytest
from standardwebhooks import Webhook

from delivery.bootstrap import SERVICE
from integration.delivery import test_fates as fates
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import SECRET, a_lead, add_recipient, add_slack, add_webhook
from integration.delivery.machine import Machine, running
from integration.delivery.test_messages import HOSTILE
from integration.delivery.test_outcomes import retry_all
from integration.delivery.town import (
    BERLIN,
    DAILY,
    NIGHT,
    Town,
    berlin,
    is_digest,
    leads_in,
    living,
)
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.providers.resend.events import Kind

EVENING, MORNING = berlin(22, 22, 30), berlin(23, 7)
DELIVERED, FAILED, HELD = "delivered", "failed", "held"
Step = Callable[[Town], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a recipient has chosen, in a workspace of their own."""

    name: str
    chosen: dict[str, Any]
    # When they are told of what is known in the evening; None: never.
    hot: datetime | None
    warm: datetime | None
    workspace: UUID = field(default_factory=uuid4)

    @property
    def address(self) -> str:
        return f"{self.name}@acme.example"

    def told_at(self, score: str) -> datetime | None:
        return self.hot if score == "hot" else self.warm

    def is_quiet(self, score: str, moment: datetime) -> bool:
        wants = self.chosen.get("preferences", {})
        hour = moment.astimezone(ZoneInfo("Europe/Berlin")).hour
        breaks_through = score == "hot" and wants.get("hot_breaks_through", False)
        return "quiet_hours" in wants and not 7 <= hour < 22 and not breaks_through


def choice(name: str, hot: datetime | None, warm: datetime | None, **chosen: Any) -> Choice:
    return Choice(name=name, hot=hot, warm=warm, chosen=chosen)


def every(rhythm: str) -> dict[str, Any]:
    return {"rhythm": dict.fromkeys(("hot", "warm", "cold"), rhythm)}


CAPPED = choice(
    "cap-reached", berlin(22, 24), berlin(22, 24), preferences=BERLIN | {"daily_cap": 1}
)
CHOICES = (
    choice("at-once", EVENING, EVENING),
    choice("hot-only", EVENING, None, min_score="hot"),
    choice("hourly", berlin(22, 23), berlin(22, 23), preferences=every("hourly")),
    choice("daily", berlin(23, 8), berlin(23, 8), preferences=DAILY),
    # Monday.
    choice("weekly", berlin(26, 8), berlin(26, 8), preferences=BERLIN | every("weekly")),
    choice("quiet-now", MORNING, MORNING, preferences=NIGHT),
    CAPPED,
    choice("breaks-through", EVENING, MORNING, preferences=NIGHT | {"hot_breaks_through": True}),
    choice("switched-off", None, None, enabled=False),
)


async def nothing(town: Town) -> None:
    pass


async def as_ever(town: Town) -> None:
    assert {entry.status for entry in town.sandbox.ledger.entries()} == {200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    # Slack, a webhook and a paused one, beside the recipient.
    channels: bool = True
    # In the evening, and as soon as all that is to go out at once has.
    before: Step = nothing
    afterwards: Step = nothing
    # What each comes to at once, and in the end.
    slack: tuple[str, str] = (DELIVERED, DELIVERED)
    webhook: tuple[str, str] = (DELIVERED, DELIVERED)
    email: str = DELIVERED
    # Until when there are e-mails.
    wanted_until: datetime | None = None
    check: Step = as_ever

    def told_at(self, choice: Choice, score: str) -> datetime | None:
        at = choice.told_at(score)
        return None if at and self.wanted_until and at >= self.wanted_until else at

    def verdicts(self, choice: Choice, score: str) -> list[str]:
        """What is announced of a lead: at once, and what becomes of it."""
        others = (self.slack, self.webhook) if self.channels else ()
        first, last = ([each[at] for each in others] for at in (0, 1))
        wanted_at, told_at = choice.told_at(score), self.told_at(choice, score)
        if wanted_at and self.wanted_until != EVENING:
            first.append(HELD if wanted_at > EVENING else self.email)
        if told_at:
            last.append(self.email)
        found = [verdict(first), verdict(last)]
        return found if found[0] != found[1] else found[:1]


def verdict(ends: list[str]) -> str:
    match set(ends):
        case found if not found:
            return "no_channel"
        case found if found in ({DELIVERED}, {FAILED}):
            return found.pop()
        case _:
            return "partial"


async def slack_is_down(town: Town) -> None:
    await town.sandbox.control.behave("slack", errors={"status": 500})


async def slack_is_back(town: Town) -> None:
    await town.sandbox.control.clear()
    await retry_all(town.machine)
    await town.machine.finish()


async def all_refuse(town: Town) -> None:
    await town.sandbox.control.behave("slack", errors={"status": 400, "body": "invalid_blocks"})
    await town.sandbox.control.behave("hooks", errors={"status": 400})
    body = {"name": "validation_error"}
    await town.sandbox.control.behave("resend", errors={"status": 422, "body": body})


async def hooks_answer(town: Town, status: int) -> None:
    await town.sandbox.control.behave("hooks", errors={"status": status})


async def hooks_answer_once(town: Town, status: int) -> None:
    for each in CHOICES:
        await town.sandbox.control.script(
            "hooks", None, {"status": status}, match={"hook": each.name}
        )


class Rotated:
    """Webhooks whose secrets are being rotated, and that fail once, so that there are repetitions."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}

    async def begin(self, town: Town) -> None:
        await hooks_answer_once(town, 500)
        rows = await town.machine.database.pool.fetch(
            "SELECT id, name FROM channels WHERE type = 'webhook' AND status = 'active'"
        )
        for row in rows:
            answer = await town.machine.http.post(f"/api/admin/channels/{row['id']}/rotate")
            self._new[row["name"]] = answer.json()["secret"]

    async def are_verified(self, town: Town) -> None:
        """By what the public package makes of them: to verify them it would look at the clock on the wall."""
        statuses: Counter[int | None] = Counter()
        for entry in town.sandbox.ledger.entries(provider="hooks"):
            given = entry.headers["webhook-signature"].split()
            at = datetime.fromtimestamp(int(entry.headers["webhook-timestamp"]), UTC)
            if at < EVENING:
                continue
            body = orjson.dumps(entry.body).decode()
            for secret in (SECRET, self._new[entry["hook"]]):
                assert Webhook(secret).sign(entry["webhook_id"], at, body) in given
            statuses[entry.status] += 1
        assert statuses == {200: 2 * len(CHOICES), 500: len(CHOICES)}
        assert {len(found) for found in town.sandbox.ledger.webhook_ids().values()} == {1}


async def switch_off(town: Town) -> None:
    for row in await recipients(town):
        await town.change(row, enabled=False)


async def unsubscribe(town: Town) -> None:
    for row in await recipients(town):
        answer = await town.machine.http.post(
            f"/u/{row['unsubscribe_token']}",
            content="List-Unsubscribe=One-Click",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 200


async def resend_reports(town: Town, kind: Kind) -> None:
    now = town.clock.now()
    for row in await recipients(town):
        tags = {"workspace_id": str(row["workspace_id"])}
        body = fates.a_body(kind, to=row["email"], tags=tags, at=now)
        assert (await fates.tell(town.machine, body, at=now)).status_code == 200


async def recipients(town: Town) -> list[Any]:
    found: list[Any] = await town.machine.database.pool.fetch("SELECT * FROM recipients")
    return found


async def calls_are_few(town: Town, *, calls: int, channel: str) -> None:
    rows = await town.machine.database.pool.fetch(
        "SELECT DISTINCT attempts FROM deliveries WHERE channel = $1", channel
    )
    assert max(row["attempts"] for row in rows) == calls
    others = await town.machine.database.pool.fetchval(
        "SELECT max(attempts) FROM deliveries WHERE channel <> $1", channel
    )
    assert others == 1


async def messages_are_those_of_the_specification(town: Town) -> None:
    await as_ever(town)
    alone = {"New HOT Lead: Acme Corp", "New WARM Lead: Acme Corp"}
    for mail in town.mails():
        assert (mail["subject"] in alone) is not is_digest(mail)
        for fact in ("Acme Corp", "HOT" if "hot" in mail["subject"].lower() else "WARM"):
            assert fact.lower() in mail["html"].lower()
            assert fact.lower() in mail["text"].lower()
    for entry in town.sandbox.ledger.entries(provider="hooks"):
        assert (entry.body["type"], set(entry.body)) == (
            "lead.enriched",
            {"type", "timestamp", "data"},
        )
    for entry in town.sandbox.ledger.entries(provider="slack"):
        assert entry.body["blocks"][0]["text"]["text"].endswith(" Lead: Acme Corp")


async def all_is_inert(town: Town) -> None:
    await as_ever(town)
    for mail in town.mails():
        assert not {"\r", "\n"} & set(mail["subject"])
        for bad in ("<img", "<script", "javascript:"):
            assert bad not in mail["html"].lower()
    for _, message in town.sandbox.ledger.effects("message"):
        assert (message["mentions"], message["links"], message["unescaped"]) == ([], [], False)


async def inside_is_not_dialled(town: Town) -> None:
    theirs = [each for each in town.sandbox.ledger.entries() if each.provider != "resend"]
    # Of before it was forbidden.
    assert {each["workspace_id"] for each in theirs} <= {str(CAPPED.workspace)}


OPTING_OUT: dict[str, Step] = {
    "switched off": switch_off,
    "unsubscribed": unsubscribe,
    "bounced": partial(resend_reports, kind="email.bounced"),
    "complained": partial(resend_reports, kind="email.complained"),
}
NO_MORE = EVENING + timedelta(seconds=1)
STRICT = {"egress_allow": "", "trusted_hosts": ""}
ROTATED = Rotated()
BAD: tuple[str, str] = (FAILED, FAILED)
CASES = (
    Case(name="b20 only e-mail", channels=False),
    Case(name="b20 others, too"),
    Case(
        name="b21 Slack is down, and back",
        before=slack_is_down,
        afterwards=slack_is_back,
        slack=(FAILED, DELIVERED),
        check=partial(calls_are_few, channel="slack", calls=3),
    ),
    Case(
        name="b22 all fail",
        before=all_refuse,
        slack=BAD,
        webhook=BAD,
        email=FAILED,
        check=nothing,
    ),
    Case(
        name="b23 500 once",
        before=partial(hooks_answer_once, status=500),
        check=partial(calls_are_few, channel="webhook", calls=2),
    ),
    Case(
        name="b23 400",
        before=partial(hooks_answer, status=400),
        webhook=BAD,
        check=partial(calls_are_few, channel="webhook", calls=1),
    ),
    Case(
        name="b23 410",
        before=partial(hooks_answer, status=410),
        webhook=(HELD, HELD),
        check=nothing,
    ),
    Case(name="b24", before=ROTATED.begin, check=ROTATED.are_verified),
    Case(name="b25", check=messages_are_those_of_the_specification),
    Case(name="b26", company=HOSTILE, check=all_is_inert),
    *(
        Case(name=f"b27 {name} before", before=step, wanted_until=EVENING)
        for name, step in OPTING_OUT.items()
    ),
    *(
        Case(name=f"b27 {name} meanwhile", afterwards=step, wanted_until=NO_MORE)
        for name, step in OPTING_OUT.items()
    ),
    Case(name="b28", settings=STRICT, slack=BAD, webhook=BAD, check=inside_is_not_dialled),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "_"))
async def test_choice_says_when_an_email_comes_and_nothing_else(
    case: Case,
    database: Database,
    make_settings: MakeSettings,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as machine:
        for each in CHOICES:
            await set_up(machine, sandbox, each, channels=case.channels)
    # Two leads that are tried twice are no outage yet.
    settings = make_settings(resend_webhook_secret=fates.SECRET, max_attempts=2, **case.settings)
    async with living(settings, database, sandbox, monkeypatch) as town:
        # Their one e-mail of the day.
        await town.tell(a_lead(workspace=CAPPED.workspace))
        await town.at(EVENING)
        await case.before(town)
        evening = Evening(town, case)
        await evening.tell()
        evening.note()
        await evening.assert_others_are_told(at=0)
        await case.afterwards(town)
        await evening.assert_others_are_told(at=1)
        await evening.pass_by()
        evening.assert_each_is_told_when_it_was_wanted()
        await evening.assert_others_are_told(at=1)
        await evening.assert_it_is_announced()
        await case.check(town)


async def set_up(machine: Machine, sandbox: Sandbox, each: Choice, *, channels: bool) -> None:
    theirs: dict[str, Any] = {"workspace_id": str(each.workspace)}
    await add_recipient(machine, each.address, **theirs, **each.chosen)
    if channels:
        await add_slack(machine, sandbox, **theirs)
        await add_webhook(machine, sandbox, each.name, **theirs)
        await add_webhook(machine, sandbox, f"{each.name}-paused", status="paused", **theirs)


class Evening:
    """A hot and a warm lead for each choice, and what is seen of them until all windows have ended."""

    def __init__(self, town: Town, case: Case) -> None:
        self._town = town
        self._case = case
        self._leads = {
            (each.name, score): a_lead(workspace=each.workspace, score=score, company=case.company)
            for each in CHOICES
            for score in ("hot", "warm")
        }
        self._about = {lead["lead_id"]: about for about, lead in self._leads.items()}
        self._mails = len(town.mails())
        # (choice, score, moment) of each lead that an e-mail told of.
        self._seen: list[tuple[str, str, datetime]] = []

    async def tell(self) -> None:
        await self._town.tell(*self._leads.values())
        if HELD not in self._case.webhook:
            await self._town.machine.finish()

    async def pass_by(self) -> None:
        """Look a minute before each window's end and at it, and a week after the last."""
        ends = {at for each in CHOICES for at in (each.hot, each.warm) if at and at > EVENING}
        for end in sorted(ends):
            await self._see_at(end - timedelta(minutes=1))
            await self._see_at(end)
        await self._see_at(max(ends) + timedelta(days=7))

    async def _see_at(self, moment: datetime) -> None:
        await self._town.at(moment)
        self.note()

    def note(self) -> None:
        mails = self._town.mails()
        for mail in mails[self._mails :]:
            for lead in leads_in(mail):
                name, score = self._about[lead]
                assert mail["to"] == [f"{name}@acme.example"]
                self._seen.append((name, score, self._town.clock.now()))
        self._mails = len(mails)

    def assert_each_is_told_when_it_was_wanted(self) -> None:
        wanted = [
            (each.name, score, at)
            for each in CHOICES
            for score in ("hot", "warm")
            if self._case.email == DELIVERED and (at := self._case.told_at(each, score))
        ]
        assert sorted(self._seen) == sorted(wanted)
        by_name = {each.name: each for each in CHOICES}
        assert [seen for seen in self._seen if by_name[seen[0]].is_quiet(*seen[1:])] == []

    async def assert_others_are_told(self, *, at: int) -> None:
        """Whatever the e-mails wait for: each lead once, and uploaded once."""
        ledger, ours = self._town.sandbox.ledger, set(self._about)
        posted = Counter(
            lead for (_, lead), entries in ledger.slack_messages().items() for _ in entries
        )
        hooked = Counter(
            (hook, lead) for (hook, lead), entries in ledger.webhooks().items() for _ in entries
        )
        uploads = await self._town.machine.events("lead.upload")
        expected = dict.fromkeys(ours, 1) if self._case.channels else {}

        is_posted = self._case.slack[at] == DELIVERED
        assert {lead: n for lead, n in posted.items() if lead in ours} == (
            expected if is_posted else {}
        )
        is_hooked = self._case.webhook[at] == DELIVERED
        assert {about: n for about, n in hooked.items() if about[1] in ours} == (
            {(self._about[lead][0], lead): 1 for lead in expected} if is_hooked else {}
        )
        uploaded = Counter(each["lead_id"] for each in uploads)
        assert {lead: uploaded[lead] for lead in ours} == dict.fromkeys(ours, 1)

    async def assert_it_is_announced(self) -> None:
        said: dict[str, list[str]] = {lead: [] for lead in self._about}
        for event in await self._town.machine.events("lead.delivered"):
            if event["lead_id"] in said:
                said[event["lead_id"]].append(event["status"])
        expected = {
            lead: self._case.verdicts(each, score)
            for each in CHOICES
            for score in ("hot", "warm")
            for lead in [self._leads[each.name, score]["lead_id"]]
        }
        # One channel after the other may end under the same word.
        in_turn = {lead: [each for each, _ in groupby(found)] for lead, found in said.items()}
        assert {self._about[lead]: found for lead, found in in_turn.items()} == {
            self._about[lead]: found for lead, found in expected.items()
        }
