"""Writes runs down, in the transaction that ends their jobs: leads, figures, and the events that announce them."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from uuid import UUID

from discovery.adapters.documents import announcement
from discovery.adapters.figures import report_run
from discovery.adapters.runs import QueryDay, Run, lock_rooms, read_run, store_runs
from discovery.adapters.shelf import (
    Discovery,
    KeyTakenError,
    Place,
    add_discoveries,
    add_leads,
    claim_keys,
    load_shelves,
    update_leads,
)
from discovery.adapters.troubles import note_queries
from discovery.application.run_query import Ran
from discovery.domain.harvest import Gathered, gather
from discovery.domain.lead import Lead
from discovery.domain.search import Question
from leadstream.ids import new_id
from leadstream.jobs.model import Settled
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx, after_commit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Harvested:
    """A run that has an answer."""

    run: Run
    ran: Ran

    @property
    def places(self) -> list[Place]:
        companies = [finding.company for finding in self.ran.harvest.findings]
        keys = {key for company in companies for key in (company.key, company.name_key)}
        return [(self.ran.query.workspace_id, key) for key in keys]


class RunRecorder:
    """Of the runs that ask one source.

    One that is not `limited` creates as many leads as it finds: somebody has asked for each of them.
    """

    def __init__(
        self, source: str, make_id: Callable[[], UUID] = new_id, *, limited: bool = True
    ) -> None:
        self._source = source
        self._limited = limited
        self._make_id = make_id

    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        runs = [read_run(each, self._source) for each in settled]
        harvested = [_Harvested(run, run.ran) for run in runs if run.ran]
        gathered = await self._bring_in(tx, harvested) if harvested else {}
        await store_runs(tx, runs, gathered)
        troubles = await note_queries(tx, runs)
        for run in runs:
            after_commit(partial(report_run, run, gathered.get(run.id)))
        return [
            *troubles,
            *self._announced(harvested, gathered),
        ]

    def _announced(
        self, harvested: Sequence[_Harvested], gathered: Mapping[UUID, Gathered]
    ) -> list[OutboxEvent]:
        return [
            announcement(lead, each.ran.query, traceparent=each.run.traceparent)
            for each in harvested
            for lead in gathered[each.run.id].announced
        ]

    async def _bring_in(self, tx: Tx, harvested: Sequence[_Harvested]) -> Mapping[UUID, Gathered]:
        rooms = await lock_rooms(tx, [each.run for each in harvested])
        while True:
            try:
                async with tx.transaction():
                    return await self._try_to_bring_in(tx, harvested, Counter(rooms))
            except KeyTakenError:
                # The other lead is committed by now, so the next look finds it: this ends.
                log.info("runs.key_taken", extra={"runs": [str(h.run.id) for h in harvested]})

    async def _try_to_bring_in(
        self, tx: Tx, harvested: Sequence[_Harvested], rooms: Counter[QueryDay]
    ) -> Mapping[UUID, Gathered]:
        known = await load_shelves(tx, chain.from_iterable(each.places for each in harvested))
        shelves = {workspace: dict(leads) for workspace, leads in known.items()}
        gathered: dict[UUID, Gathered] = {}
        for each in harvested:
            shelf = shelves.setdefault(each.ran.query.workspace_id, {})
            brought = gather(
                each.ran.harvest,
                Question(each.ran.query, self._source),
                shelf,
                room=max(0, rooms[each.run.query_day])
                if self._limited
                else len(each.ran.harvest.findings),
                new_id=self._make_id,
                now=each.run.finished_at,
            )
            shelf |= brought.leads
            rooms[each.run.query_day] -= brought.created
            gathered[each.run.id] = brought
        await _store(tx, known, shelves)
        await add_discoveries(tx, _discoveries(harvested, gathered))
        return gathered


async def _store(
    tx: Tx, known: Mapping[UUID, Mapping[str, Lead]], shelves: Mapping[UUID, Mapping[str, Lead]]
) -> None:
    before = {lead.id: lead for shelf in known.values() for lead in shelf.values()}
    after = {lead.id: lead for shelf in shelves.values() for lead in shelf.values()}
    claims = {
        (workspace_id, key): lead
        for workspace_id, shelf in shelves.items()
        for key, lead in shelf.items()
        if key not in known.get(workspace_id, {})
    }
    await claim_keys(tx, claims)
    await add_leads(tx, [lead for lead in after.values() if lead.id not in before])
    seen = [lead for lead in after.values() if lead is not before.get(lead.id, lead)]
    await update_leads(tx, seen, before=before)


def _discoveries(
    harvested: Sequence[_Harvested], gathered: Mapping[UUID, Gathered]
) -> list[Discovery]:
    return [
        Discovery(lead=lead, run_id=each.run.id, query_id=each.run.query_id)
        for each in harvested
        for lead in gathered[each.run.id].announced
    ]
