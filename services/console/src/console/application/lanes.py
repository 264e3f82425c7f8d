"""What each service did for a lead, out of what each says of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from console.domain import reasons
from console.domain.masking import masked
from console.domain.steps import Step, problem, tried, waiting_for
from console.domain.words import plural

Row = Mapping[str, Any]

_ADAPTERS: Final = {
    "hubspot": "HubSpot",
    "salesforce": "Salesforce",
    "webhook": "webhook",
    "fhir": "FHIR",
    "marketo": "Marketo",
    "shopify": "Shopify",
    "wealthbox": "Wealthbox",
}


def enrichment_steps(jobs: Sequence[Row], costs: Row | None, now: datetime) -> list[Step]:
    ended = {each["job_id"]: each for each in costs["enrichments"]} if costs else {}
    return [_enrichment(job, ended.get(job["id"]), now) for job in jobs]


def _enrichment(job: Row, ended: Row | None, now: datetime) -> Step:
    if ended is None or job["state"] not in {"succeeded", "failed"}:
        # Of another job of this revision, which ended later, is what there is of it.
        return _of_job(job, "enrichment", "contacts", now)
    why = reasons.reason(ended["reason"]) if ended["reason"] else _failed(job, ended["error"])
    also = [plural(ended["total_contacts"], "contact")] if ended["status"] == "completed" else []
    if ended["rejected"]:
        also.append(f"{plural(len(ended['rejected']), 'contact')} left out")
    return _of_job(
        job, "enrichment", "contacts", now, state=ended["status"], why=why, also=tuple(also)
    )


def delivery_steps(jobs: Sequence[Row], deliveries: Sequence[Row], now: datetime) -> list[Step]:
    by_id = {each["id"]: each for each in deliveries}
    steps = [_delivery(job, by_id.pop(job["id"], None), now) for job in jobs]
    # The run history is kept for a while, deliveries for longer.
    return steps + [
        _alone("delivery", each, reasons.channel_name(each["channel"])) for each in by_id.values()
    ]


def _delivery(job: Row, delivery: Row | None, now: datetime) -> Step:
    if delivery is None:
        return _of_job(
            job, "delivery", reasons.channel_name(job["kind"].removeprefix("deliver-")), now
        )
    why = problem(delivery["error_class"], delivery["error"])
    return _of_job(
        job,
        "delivery",
        reasons.channel_name(delivery["channel"]),
        now,
        state=_arrival(delivery),
        why=None if delivery["status"] == "delivered" else why,
        also=_complaint(delivery),
    )


def _arrival(delivery: Row) -> str:
    """How it ended; of an e-mail that was only accepted not that it was delivered."""
    status, fate = delivery["status"], delivery["fate"]
    return str(fate if status == "delivered" and fate in {"accepted", "delayed"} else status)


def _complaint(delivery: Row) -> tuple[str, ...]:
    return ("marked as spam",) if delivery["fate"] == "complained" else ()


def upload_steps(jobs: Sequence[Row], uploads: Sequence[Row], now: datetime) -> list[Step]:
    by_id = {each["id"]: each for each in uploads}
    steps = [_upload(job, by_id.pop(job["id"], None), now) for job in jobs]
    return steps + [_alone("platform-upload", each, platform(each)) for each in by_id.values()]


def _upload(job: Row, upload: Row | None, now: datetime) -> Step:
    if upload is None:
        what = "contacts of the record" if job["kind"] == "upload-contacts" else job["kind"]
        return _of_job(job, "platform-upload", what, now)
    return _of_job(
        job,
        "platform-upload",
        platform(upload),
        now,
        state=upload["status"],
        why=None if upload["status"] == "uploaded" else upload_problem(upload),
        also=tuple(_details(upload)),
    )


def platform(upload: Row) -> str:
    """`HubSpot (tech-platform)`."""
    adapter = upload["adapter"]
    name = upload["platform"]
    return f"{_ADAPTERS.get(adapter, adapter)} ({name})" if adapter else str(name)


def upload_problem(upload: Row) -> str | None:
    """What the platform refuses, with its own code; else what went wrong on the way."""
    rejection = upload["rejection"]
    if rejection:
        field = f", {rejection['ours'] or rejection['field']}" if rejection["field"] else ""
        return f"{rejection['code']}: {masked(rejection['message'])}{field}"
    if upload["status"] == "closed":
        return "the platform is done with it: it was converted or deleted there"
    return problem(None, upload["error"])


def _details(upload: Row) -> Iterator[str]:
    if upload["outcome"]:
        yield f"{upload['outcome']} as {upload['external_id']}"
    if upload["adjustments"]:
        yield f"{plural(len(upload['adjustments']), 'field')} changed to fit"
    if upload["overrides"]:
        yield f"corrected by hand: {', '.join(upload['overrides'])}"
    if upload["billed_at"]:
        yield "billed"


def _alone(service: str, row: Row, what: str) -> Step:
    """What is known of it though its job is not kept any longer."""
    at = row.get("delivered_at") or row.get("uploaded_at") or row["updated_at"]
    is_upload = service == "platform-upload"
    state = row["status"] if is_upload else _arrival(row)
    why = upload_problem(row) if is_upload else problem(row["error_class"], row["error"])
    return Step(
        service=service,
        revision=row["revision"],
        what=what,
        state=state,
        at=at,
        why=why if row["status"] not in {"delivered", "uploaded"} else None,
        also=tuple(_details(row)) if is_upload else _complaint(row),
    )


def _of_job(  # noqa: PLR0913 - what of a step its service says differently
    job: Row,
    service: str,
    what: str,
    now: datetime,
    *,
    state: str | None = None,
    why: str | None = None,
    also: tuple[str, ...] = (),
) -> Step:
    is_again = job["state"] in {"ready", "running"}
    return Step(
        service=service,
        revision=job["revision"],
        what=what,
        # A job that runs again says more than what its last run came to.
        state=("pending" if is_again else job["state"]) if is_again or not state else state,
        at=job["finished_at"] or job["created_at"],
        why=why or (None if job["state"] == "succeeded" else _failed(job, None)),
        also=also,
        waits=waiting_for(job, now),
        held_by=tuple(hold["scope"] for hold in job["holds"]),
        attempts=tried(job["created_at"], job["attempts_made"]),
        job_id=job["id"],
        job_state=job["state"],
        trace_id=job["trace_id"],
    )


def _failed(job: Row, error: str | None) -> str | None:
    """What the last attempt ran into."""
    if job["attempts_made"] and (last := job["attempts_made"][-1])["error"]:
        return problem(last["error_class"], last["error"])
    return problem(None, error or job["last_error"])
