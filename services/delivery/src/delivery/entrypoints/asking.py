"""Asks for e-mails of which nothing that decides was heard: the event got lost, or nobody tells us of any."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from delivery.adapters.email.asking import Forgotten, ResendEmails
from delivery.adapters.email.events import Report
from delivery.adapters.endings import SQL
from delivery.application.planning import ASK, ask_job
from delivery.domain.fate import ASKED_AFTER
from delivery.entrypoints.http.resend_events import ResendEvents
from delivery.entrypoints.loops import every
from leadstream.clock import Clock
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import Job, Outcome, Succeeded
from leadstream.postgres import Database

# In a minute, of all replicas together: a fifteenth of what Resend allows everybody, sending included.
MOST = 20


class Asking:
    """A job for each e-mail whose time has come: a few, and no more while these wait."""

    def __init__(self, database: Database, clock: Clock, *, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    async def run(self, stop: asyncio.Event) -> None:
        await every(timedelta(minutes=1), self.take, stop)

    async def take(self) -> int:
        async with self._database.transaction() as tx:
            rows = await tx.fetch(
                SQL.claim_unheard, self._clock.now(), MOST, list(ASKED_AFTER), ASK
            )
            add_jobs(
                tx, [ask_job(row["receipt"], row["workspace_id"], row["ask_at"]) for row in rows]
            )
        if rows:
            self._wake()
        return len(rows)


class AskFate:
    """The handler. What it learns is written down before the job ends, as an event would be.

    A recorder would lock alerts beside the other recorder's in one transaction, and whoever comes after a crash learns
    the same again.
    """

    def __init__(self, emails: ResendEmails, events: ResendEvents, database: Database) -> None:
        self._emails = emails
        self._events = events
        self._database = database

    async def __call__(self, job: Job) -> Outcome:
        email_id = job.payload["email_id"]
        outcome = await self._emails.ask(email_id)
        match outcome:
            case Succeeded(result=Report() as report):
                await self._events.take(None, report)
            case Succeeded(result=Forgotten()):
                await self._database.pool.execute(SQL.stop_asking, email_id)
        return outcome
