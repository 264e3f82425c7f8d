"""What attempts to erase at platforms mean: an entry of the receipt, once they have come to an end."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from leadstream.crypto import Keyring, UndecryptableError
from leadstream.erasure import ERASED, add_entries
from leadstream.jobs.model import JobState, Settled, Succeeded
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx, load_queries
from platform_upload.adapters.people import cell_of, unseal
from platform_upload.application.erase_person import Ended
from platform_upload.application.ports import Person
from platform_upload.domain.gaps import digest

SQL = load_queries("platform_upload.adapters", "erasure.sql")
_ENDS = {
    JobState.SUCCEEDED: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


class ErasedRecorder:
    """A recorder (`leadstream.jobs.kinds.Recorder`)."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        done = [each for each in settled if each.state in _ENDS]
        contents = [await self._end(tx, each) for each in done]
        failed = [each.job.id for each in done if each.state is JobState.FAILED]
        over = [each.job.id for each in done if each.state is not JobState.FAILED]
        # One that has failed can be run again, and then has to know whom.
        await tx.execute(SQL.mark_failed, failed)
        await tx.execute(SQL.forget_people, over)
        await add_entries(tx, contents)
        return ()

    async def _end(self, tx: Tx, settled: Settled) -> tuple[UUID, Mapping[str, Any]]:
        job, outcome = settled.job, settled.outcome
        ended = outcome.result if isinstance(outcome, Succeeded) else None
        person = self._person(await tx.fetchrow(SQL.get_person, job.id))
        if ended and person:
            await _forget(tx, job.payload["platform"], ended, person)
        content = {
            "entry": "platform",
            "job": str(job.id),
            "workspace_id": str(job.workspace_id),
            "platform": job.payload["platform"],
            "connection": job.lane.removeprefix("connection:"),
            "state": _ENDS[settled.state],
            **(_said(ended, person) if ended else {}),
            **({"error": settled.problem.error_class} if settled.problem else {}),
        }
        return UUID(job.payload["receipt_id"]), content

    def _person(self, row: Any) -> Person | None:
        if row is None:
            return None
        try:
            return unseal(self._keyring, row["person"], cell_of(row["workspace_id"], row["job_id"]))
        except UndecryptableError:
            # The attempt has failed for it.
            return None


def _said(ended: Ended, person: Person | None) -> dict[str, Any]:
    """What an adapter says names nobody; the address would stay for ever, so that is looked after here, too."""
    email = person.email if person else ""
    left = [_without(email, each) for each in ended.erased.left]
    return {"adapter": ended.adapter, "records": list(ended.erased.records), "left": left}


def _without(email: str, said: str) -> str:
    place = said.lower().find(email) if email else -1
    if place < 0:
        return said
    return said[:place] + ERASED + _without(email, said[place + len(email) :])


async def _forget(tx: Tx, platform: str, ended: Ended, person: Person) -> None:
    """Digests are no names; but who has a name to compare them with learns whether it was this one."""
    rows = await tx.fetch(SQL.written_of, platform, list(ended.leads))
    changed = {row["id"]: _rest(row, ended.erased.written, person) for row in rows}
    before = {row["id"]: row["written"] for row in rows}
    changed = {key: rest for key, rest in changed.items() if rest != before[key]}
    if changed:
        texts = [orjson.dumps(dict(rest)).decode() for rest in changed.values()]
        await tx.execute(SQL.replace_written, list(changed), texts)


def _rest(row: Any, written: Mapping[UUID, Mapping[str, str]], person: Person) -> Mapping[str, str]:
    lead_id: UUID = row["lead_id"]
    if lead_id in written:
        return written[lead_id]
    contact = f"contact {digest(lead_id, 'email', person.email)}."
    return {
        name: said
        for name, said in row["written"].items()
        if not name.startswith(contact) and said != digest(lead_id, name, person.email)
    }
