"""`leadstream doctor`: what is wrong, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import click
import httpx

from leadstream.admin.answers import ListedPause, SenderCheck
from leadstream.admin.destinations import check_senders
from leadstream.admin.jobs import list_jobs
from leadstream.admin.pauses import list_pauses
from leadstream.cli.environment import environment
from leadstream.cli.errors import CliError
from leadstream.cli.kafka import run_on_kafka
from leadstream.cli.pauses import why_held
from leadstream.cli.screen import add_row, at, make_console, make_table
from leadstream.cli.services import SERVICES, ServiceClient
from leadstream.contracts import registry
from leadstream.kafka import letters, topics
from leadstream.manifest.things import SOURCES


class Grade(StrEnum):
    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    grade: Grade
    what: str
    detail: str
    # What to do next, and the command that does it.
    advice: str = ""
    command: str = ""


# What is as somebody wanted it, or mends itself within the day: worth knowing, and no fault.
EXPECTED = {
    "connection_missing",
    "connection_paused",
    "credential_missing",
    "provider_budget_spent",
    "rate_limited",
    "sending_only",
    "spending_cap_reached",
}
COLOURS = {Grade.OK: "green", Grade.NOTE: "yellow", Grade.BAD: "red"}
# What Resend's webhook must be told of.
EMAIL_EVENTS = (
    "email.delivered",
    "email.delivery_delayed",
    "email.bounced",
    "email.complained",
    "email.failed",
    "email.suppressed",
)
MOST_JOBS = 500
MOST_WORKSPACES = 500
# By the reason of a pause.
ADVICE = {
    "circuit_open": "It failed many times in a row: see its status; it is tried again by itself.",
    "configuration": "Resend refused the domain of RESEND_FROM, or of the workspace's `sender`: `doctor` says which.",
    "connection_disabled": "The platform refused it: mend it there, then apply it as active.",
    "connection_missing": "Leads wait for this connection: add it (`leadstream apply`).",
    "connection_paused": "Somebody paused the connection: apply it as active.",
    "credential_missing": "Leads wait for a key of this provider: apply one, or sources without it.",
    "credential_refused": "The key or token was refused: put in a new one. A connection waits for that.",
    "credential_unreadable": "ENCRYPTION_KEYS lacks the key of this secret: add it, or rotate the secret.",
    "destination_gone": "Its receiver switched it off: mend it, or apply its new URL; it is tried once a day.",
    "flood of bad records": "Mend the producer, then lift the pause.",
    "misconfigured": "The API is not at this URL, or the platform refused the connection's settings: correct them.",
    "provider_budget_spent": "The workspace's budget for today is spent: it goes on tomorrow.",
    "quota_exhausted": "The provider's quota is used up: it goes on by itself when it is renewed.",
    "spending_cap_reached": "Providers have cost the workspace as much as they may: raise its cap, or wait.",
    "rate_limited": "The provider asked us to wait: it goes on by itself.",
    "sending_only": "RESEND_API_KEY may only send: of what the webhook does not tell nobody can ask.",
}


@click.command("doctor")
def doctor_command() -> None:
    """Look at Kafka, the services, their pauses, failed jobs and dead letters, and at the console.

    Exits with 1 if something is bad.
    """
    findings = [*_attempt("Kafka", _kafka)]
    if findings[0].grade is not Grade.BAD:
        findings += _attempt("dead letters", _dead_letters)
    for service in SERVICES:
        findings += _attempt(service, partial(_service, service))
    findings.append(_console(environment()))
    _show(findings)
    if any(finding.grade is Grade.BAD for finding in findings):
        raise SystemExit(1)


def _show(findings: Sequence[Finding]) -> None:
    console = make_console()
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        style = COLOURS[finding.grade]
        table = make_table("grade", "what", "how", whole=["grade", "what"], header=False)
        add_row(
            table, f"{finding.grade:<4}", f"{finding.what:<{width}}", finding.detail, style=style
        )
        if finding.advice:
            add_row(table, "", "", finding.advice)
        console.print(table)
        if finding.command:
            # Not in the table: what is there to be copied must not be folded.
            console.print(f"{'':{width + 8}}{finding.command}", soft_wrap=True, style="bold")


def _attempt(what: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    findings: list[Finding] = []
    try:
        # What was found before a question went wrong stays in the list.
        findings.extend(look())
    except CliError as exc:
        problem, _, advice = exc.message.partition("\n")
        findings.append(Finding(Grade.BAD, what, problem, advice.strip()))
    return findings


def _kafka() -> Iterator[Finding]:
    report = run_on_kafka(lambda config: topics.apply(config, registry.load(), dry_run=True))
    if not report.changes:
        yield Finding(Grade.OK, "Kafka", "reachable, the topics are as registered")
    for change in report.changes:
        yield Finding(Grade.BAD, "Kafka", str(change), "Run `leadstream topics apply`.")


def _dead_letters() -> Iterator[Finding]:
    names = [t.name for t in registry.load().topics.values() if t.kind == "dead-letters"]
    counts = run_on_kafka(lambda config: letters.count(config, names))
    for topic, count in sorted(counts.items()):
        if count:
            advice = f"See `leadstream dlq list {topic}`; mend the cause, then `dlq replay`."
            yield Finding(Grade.NOTE, topic, f"{count} dead letters kept", advice)


def _service(service: str) -> Iterator[Finding]:
    client = ServiceClient(service)
    try:
        yield from _readiness(service, client.ready())
        for pause in client.ask(list_pauses(service))["items"]:
            yield _pause(service, pause)
        yield from _failures(service, client)
        if service == "delivery":
            yield from _senders(client.ask(check_senders())["items"])
            yield _resend_webhook(client.get("resend-webhook"))
        if service in SOURCES:
            yield from _sources(service, client.get("sources", limit=MOST_WORKSPACES)["items"])
    finally:
        client.close()


def _senders(checks: Sequence[SenderCheck]) -> Iterator[Finding]:
    """What keeps e-mails from arriving though everything here works."""
    for check in checks:
        yield Finding(Grade(check["grade"]), "e-mail", check["detail"], check["advice"])


def _sources(service: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """What keeps a night from finding anything that is true, before anybody waits for it."""
    for row in rows:
        workspace = f"workspace {row['workspace_id']}"
        if row["without_key"]:
            detail = f"{workspace} has no key for {', '.join(row['without_key'])}, which it asks"
            yield Finding(Grade.BAD, service, detail, ADVICE["credential_missing"])
        if row["training"]:
            detail = f"{workspace} trains: what it is told is made up, and costs nothing"
            advice = "When it is to be real, apply `training: false` in its sources."
            yield Finding(Grade.NOTE, service, detail, advice)


def _resend_webhook(found: Mapping[str, Any]) -> Finding:
    """Whether `delivered` can ever be said of an e-mail."""
    address = found["address"] or "https://<DELIVERY_PUBLIC_URL>/webhooks/resend"
    if not found["listening"]:
        return Finding(
            Grade.NOTE,
            "delivery",
            "Resend's webhook is not set up: what became of e-mails is asked for hours later, 20 a minute at most",
            f"At https://resend.com/webhooks add {address} with the events {', '.join(EMAIL_EVENTS)}; put its signing"
            " secret into RESEND_WEBHOOK_SECRET, and restart delivery.",
        )
    if found["accepted"] and not found["heard"]:
        return Finding(
            Grade.BAD,
            "delivery",
            f"Resend has told nothing of {found['accepted']} e-mails that it accepted in the last day",
            f"See at https://resend.com/webhooks whether {address} is enabled, has {', '.join(EMAIL_EVENTS)},"
            " and answers 200: 401 means that RESEND_WEBHOOK_SECRET is another webhook's.",
        )
    last = found["last_event_at"]
    since = f", last at {at(datetime.fromisoformat(last))}" if last else "; no event has come yet"
    return Finding(Grade.OK, "delivery", f"Resend tells what becomes of e-mails{since}")


def _console(
    variables: Mapping[str, str], *, transport: httpx.BaseTransport | None = None
) -> Finding:
    """Bad only where somebody has said that there is one: it need not run, and nothing waits for it."""
    # Only this: another program may listen there, and the caller's token is not for it.
    named = {name: url for name, url in variables.items() if name == "CONSOLE_URL"}
    try:
        client = ServiceClient("console", named, transport=transport)
        try:
            is_ready = client.ready().get("status") == "ok"
        finally:
            client.close()
    except CliError as exc:
        problem, _, advice = exc.message.partition("\n")
        if not named:
            advice = "Nothing waits for it. Set CONSOLE_URL if it is elsewhere."
        return Finding(Grade.BAD if named else Grade.NOTE, "console", problem, advice.strip())
    if is_ready:
        return Finding(Grade.OK, "console", f"ready, at {client.url}")
    problem = f"what answers at {client.url} is not Leadstream's console"
    return Finding(
        Grade.BAD if named else Grade.NOTE, "console", problem, "Set CONSOLE_URL to where it is."
    )


def _readiness(service: str, ready: dict[str, Any]) -> Iterator[Finding]:
    if ready["status"] == "ok":
        yield Finding(Grade.OK, service, "ready")
    for check, reason in ready["failing"].items():
        yield Finding(Grade.BAD, service, f"not ready: {check}: {reason}")


def _failures(service: str, client: ServiceClient) -> Iterator[Finding]:
    failed = client.ask(list_jobs(service, state="failed", limit=MOST_JOBS))["items"]
    if failed:
        count = f"{MOST_JOBS} or more" if len(failed) == MOST_JOBS else str(len(failed))
        advice = f"See `leadstream jobs list {service} --state failed`, then `jobs retry`."
        newest = f"{count} failed jobs; the newest: {failed[0]['last_error']}"
        yield Finding(Grade.NOTE, service, newest, advice)


def _pause(service: str, pause: ListedPause) -> Finding:
    until = f"until {at(pause['until'])}" if pause["until"] else "until it is lifted"
    detail = f"{pause['scope']} is held {until}: {why_held(pause)} (by {pause['actor']})"
    advice = ADVICE.get(pause["reason"], "When its reason is gone, lift the pause.")
    grade = Grade.NOTE if pause["reason"] in EXPECTED else Grade.BAD
    lifting = f"leadstream pauses lift {service} {pause['scope']}"
    return Finding(grade, service, detail, f"{advice} To lift it:", lifting)
