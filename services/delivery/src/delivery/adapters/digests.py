"""Digests in Postgres: what waits for them, what is put together, and how it is sent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from delivery.adapters.drafts import mailbox_of
from delivery.adapters.preferences import as_json
from delivery.application.deliver import BegunElsewhereError, Draft
from delivery.application.planning import digest_job
from delivery.domain.delivery import Channel, Status
from delivery.domain.digest import Digest, DigestLead
from delivery.domain.draft import Doubt, Unwanted, score_obstacle
from delivery.domain.moments import due_at
from delivery.domain.preferences import Preferences
from delivery.domain.progress import Progress
from delivery.domain.score import Score
from leadstream.ids import derived_id
from leadstream.jobs.model import NewJob, Priority
from leadstream.postgres import Database, Tx, load_queries
from leadstream.together import Together

SQL = load_queries("delivery.adapters", "digests.sql")
# As many as an e-mail shows before mail programs cut it off; what is over is the next one's.
MOST_LEADS = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery whose wait is over."""

    id: UUID
    recipient_id: UUID
    workspace_id: UUID
    score: Score
    # What the recipient wants by now; None: there is none any more.
    min_score: Score | None

    @property
    def obstacle(self) -> Unwanted | None:
        return score_obstacle(self.score, self.min_score) if self.min_score else None


async def due(tx: Tx, now: datetime, *, recipients: int) -> list[Waiting]:
    """What is to be put together for those who have waited longest; nothing while another replica does so."""
    if not await tx.fetchval(SQL.collect_alone):
        return []
    found = [row["destination_id"] for row in await tx.fetch(SQL.due_recipients, now, recipients)]
    rows = await tx.fetch(SQL.due_deliveries, found, now, MOST_LEADS) if found else []
    return [
        Waiting(
            row["id"],
            row["destination_id"],
            row["workspace_id"],
            Score(row["score"]),
            Score(row["min_score"]) if row["min_score"] else None,
        )
        for row in rows
    ]


async def put_together(tx: Tx, waiting: Sequence[Waiting], *, now: datetime) -> list[NewJob]:
    """Make a digest of each recipient's, or let them join one that waits; return the jobs that send new ones."""
    waiting = await _join(tx, waiting, now=now) if waiting else []
    if not waiting:
        return []
    first: dict[UUID, Waiting] = {}
    for each in waiting:
        # Hot before warm before cold: it stands for the others.
        first.setdefault(each.recipient_id, each)
    ids = {each.id: digest_id(first[each.recipient_id], now) for each in waiting}
    bound = await tx.fetch(SQL.bind_deliveries, list(ids), list(ids.values()), now)
    since: dict[UUID, datetime] = {}
    for row in bound:
        begun = since.setdefault(row["digest_id"], row["created_at"])
        since[row["digest_id"]] = min(begun, row["created_at"])
    made = {ids[each.id]: each for each in first.values() if ids[each.id] in since}
    await tx.execute(
        SQL.insert_digests,
        list(made),
        [each.workspace_id for each in made.values()],
        [each.recipient_id for each in made.values()],
        [since[each] for each in made],
        now,
    )
    return [
        digest_job(found, each.workspace_id, each.recipient_id, each.score)
        for found, each in made.items()
    ]


async def _join(tx: Tx, waiting: Sequence[Waiting], *, now: datetime) -> list[Waiting]:
    """While Resend is away windows end one after the other, and are one e-mail; return what it has no room for."""
    recipients = list({each.recipient_id for each in waiting})
    rows = await tx.fetch(SQL.open_digests, recipients)
    room = {row["recipient_id"]: MOST_LEADS - row["leads"] for row in rows}
    digests = {row["recipient_id"]: row["id"] for row in rows}
    joining: list[Waiting] = []
    left: list[Waiting] = []
    for each in waiting:
        has_room = room.get(each.recipient_id, 0) > 0
        (joining if has_room else left).append(each)
        if has_room:
            room[each.recipient_id] -= 1
    if joining:
        await tx.execute(
            SQL.join_digests,
            [each.id for each in joining],
            [digests[each.recipient_id] for each in joining],
            [Priority.of_score(each.score) for each in joining],
            now,
        )
    return left


def digest_id(first: Waiting, window_end: datetime) -> UUID:
    """The recipient and the window; where it has more than an e-mail holds, each has another first lead."""
    return derived_id("digest", first.recipient_id, window_end.isoformat(), first.id)


async def put_off(tx: Tx, until: Mapping[UUID, datetime]) -> None:
    """Let deliveries wait for a digest, by their own id or that of the digest they were in."""
    if until:
        said = [why_waiting(each) for each in until.values()]
        await tx.execute(SQL.put_off_deliveries, list(until), list(until.values()), said)


async def reschedule(
    tx: Tx, recipient_id: UUID, before: Preferences, wants: Preferences, *, now: datetime
) -> None:
    """Let what waits for the recipient wait for what they want from now on."""
    if as_json(before) == as_json(wants):
        return
    due = {score.value: due_at(wants, score, now) for score in Score}
    said = [why_waiting(each) for each in due.values()]
    await tx.execute(SQL.reschedule_waiting, recipient_id, list(due), list(due.values()), said)


def why_waiting(until: datetime) -> str:
    """What is said of a delivery that waits for a digest."""
    return f"waits_for_digest: {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


async def note_digests(tx: Tx, progress: Sequence[Progress]) -> list[Progress]:
    """Write down how digests went, by their ids; return what that is to each delivery in them."""
    if not progress:
        return []
    await tx.execute(
        SQL.note_digests,
        [each.delivery_id for each in progress],
        [each.status is Status.DELIVERED for each in progress],
        [each.certain for each in progress],
        [each.at for each in progress],
    )
    by_id = {each.delivery_id: each for each in progress}
    rows = await tx.fetch(SQL.deliveries_in, list(by_id))
    return [replace(by_id[row["digest_id"]], delivery_id=row["id"]) for row in rows]


class PostgresCaps:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._taken = Together(self._take)

    async def take(self, draft: Draft, day: date, cap: int) -> bool:
        return await self._taken((draft.id, draft.destination_id, day, cap))

    async def _take(self, mails: Sequence[tuple[UUID, UUID, date, int]]) -> list[bool]:
        columns = [list(column) for column in zip(*mails, strict=True)]
        rows = await self._database.hot.fetch(SQL.count_mails, *columns)
        counted = {row["id"] for row in rows}
        return [each in counted for each, *_ in mails]


class PostgresDigests:
    """Digests as their attempts need them: `Deliveries` of another table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._drafts = Together(self._load)
        self._begun = Together(self._begin)

    async def load(self, delivery_id: UUID) -> Draft | None:
        return await self._drafts(delivery_id)

    async def begin(self, draft: Draft, message: bytes, *, renewed: bool) -> bytes | None:
        assert draft.digest is not None  # noqa: S101 - a missing recipient is an obstacle, seen before
        begun = await self._begun(
            (draft.id, message, renewed, draft.generation, draft.digest.window_end)
        )
        if begun is None:
            # It was undone, or others have joined it since.
            raise BegunElsewhereError(f"digest {draft.id} is another one by now")
        return begun

    async def _load(self, ids: Sequence[UUID]) -> list[Draft | None]:
        rows = await self._database.hot.fetch(SQL.load_digests, ids)
        unwritten = [row["id"] for row in rows if row["message"] is None]
        leads: dict[UUID, list[Any]] = defaultdict(list)
        for lead in await self._database.hot.fetch(SQL.digest_leads, unwritten):
            leads[lead["digest_id"]].append(lead)
        found = {row["id"]: _draft(row, leads[row["id"]]) for row in rows}
        return [found.get(each) for each in ids]

    async def _begin(
        self, attempts: Sequence[tuple[UUID, bytes, bool, int, datetime]]
    ) -> list[bytes | None]:
        columns = [list(column) for column in zip(*attempts, strict=True)]
        rows = await self._database.hot.fetch(SQL.begin_digests, *columns)
        begun = {row["id"]: row["message"] for row in rows}
        return [begun.get(each) for each, *_ in attempts]


def _draft(row: Any, leads: Sequence[Any]) -> Draft | None:
    status, message = Status(row["status"]), row["message"]
    if status is not Status.DELIVERED and message is None and not leads:
        # Erased meanwhile.
        return None
    mailbox = mailbox_of(row)
    return Draft(
        id=row["id"],
        channel=Channel.EMAIL,
        destination_id=row["recipient_id"],
        workspace_id=row["workspace_id"],
        status=status,
        created_at=row["created_at"],
        message=message,
        # What came back had gone out.
        doubt=Doubt(since=None if row["came_back"] else row["in_doubt_since"]),
        is_told_of=bool(row["came_back"]),
        generation=row["generation"],
        mailbox=mailbox,
        counted_on=row["counted_on"],
        digest=Digest(
            id=row["id"],
            workspace_id=row["workspace_id"],
            recipient_id=row["recipient_id"],
            mailbox=mailbox,
            window_start=row["window_start"],
            window_end=row["window_end"],
            zone=mailbox.wants.zone,
            leads=_leads(leads),
        )
        if mailbox
        else None,
    )


def _leads(rows: Sequence[Any]) -> list[DigestLead]:
    ranks = list(Score)
    newest = sorted(rows, key=lambda row: row["created_at"], reverse=True)
    return [
        DigestLead(
            lead_id=row["lead_id"],
            revision=row["revision"],
            score=Score(row["score"]),
            content=row["content"],
        )
        for row in sorted(newest, key=lambda row: ranks.index(Score(row["score"])), reverse=True)
    ]
