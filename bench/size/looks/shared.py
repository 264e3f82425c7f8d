"""What every service has, measured where there is most of it."""

from datetime import timedelta
from uuid import UUID

from bench.size.looks.look import PAGE, Args, Kind, Look, World
from bench.size.looks.make import first_page
from bench.size.scale import BUSIEST, KINDS
from leadstream.erasure.searches import SIZE
from leadstream.erasure.showing import SIZE as SHOWN
from leadstream.erasure.sweeps import BATCH
from leadstream.removal.holdings import PAGE as PAGE_OF_REMOVAL
from leadstream.runtime.routers.failures import MOST_COUNTED, MOST_GROUPS

_JOBS = "leadstream.jobs/jobs.sql"
_HISTORY = "leadstream.history/history.sql"
_GAUGES = "leadstream.runtime/gauges.sql"
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_KEPT = (
    "delete_jobs",
    "delete_audit",
    "delete_dead_letters",
    "delete_refused_events",
    "delete_gone_bindings",
    "delete_removals",
    "delete_erasures",
    "delete_erasure_searches",
    "delete_read_events",
)
_KINDS = list(KINDS[BUSIEST])


def shared_looks() -> list[Look]:
    return [
        *_timers(),
        *_job_lists(),
        *_failures(),
        *_dead_letters(),
        *_audit_lists(),
        *_changes(),
        *_removal(),
    ]


def _timers() -> list[Look]:
    held = _held
    lease: tuple[object, ...] = (UUID(int=1), _HOUR, 1)
    return [
        _timer(f"{_GAUGES}:job_counts"),
        _timer(f"{_GAUGES}:oldest_unheld", lambda w: (_KINDS, held(w), "{}")),
        _timer(f"{_JOBS}:owners_gone"),
        _timer(f"{_JOBS}:without_group", lambda w: (500,)),
        _timer(f"{_JOBS}:put_off_expiry", lambda w: (timedelta(seconds=3),)),
        _timer(f"{_JOBS}:reclaim", lambda w: ([7], 10, *lease)),
        _timer(
            f"{_JOBS}:claim_outworn", lambda w: (_KINDS[0], held(w), None, None, 9 * _DAY, *lease)
        ),
        _claim("ready_lanes", lambda w: (_KINDS[0], 2, "", 100, 100, ["all"], 0, [], None, None)),
        _claim("claim_jobs", lambda w: (_KINDS[0], [0, 1, 2] * 10, held(w)[:30], [1] * 30, *lease)),
        _claim("claim_probes", lambda w: (_KINDS[0], held(w), None, None, ["all"], _HOUR, *lease)),
        _timer("leadstream.pauses/pauses.sql:active_pauses"),
        _timer("leadstream.pauses/pauses.sql:delete_expired_pauses"),
        _timer("leadstream.pauses/pauses.sql:delete_idle_circuits"),
        _timer("leadstream.erasure/erasure.sql:unfinished_erasures"),
        _timer("leadstream.erasure/receipts.sql:unfinished_searches"),
        _timer("leadstream.removal/removal.sql:open_removals"),
        *_outbox(),
        *(
            _timer(f"leadstream.retention/retention.sql:{name}", lambda w: (400 * _DAY, 500))
            for name in _KEPT
        ),
    ]


def _outbox() -> list[Look]:
    outbox = "leadstream.outbox/outbox.sql"
    return [
        _timer(f"{outbox}:outbox_size", lambda w: (False,), "all"),
        _timer(f"{outbox}:outbox_size", lambda w: (True,), "dead letters"),
        _timer(f"{outbox}:free_events", lambda w: (500, 2**24)),
        _timer(f"{outbox}:free_dead_letters", lambda w: (500, 2**24)),
        _timer(f"{outbox}:lane_events", lambda w: (500, 2**24, "lead.uploaded")),
        _timer(f"{outbox}:lanes"),
    ]


def _claim(name: str, args: Args) -> Look:
    return Look(service=BUSIEST, name=f"{_JOBS}:{name}", kind=Kind.CLAIM, args=args)


def _timer(name: str, args: Args = lambda w: (), asked: str = "") -> Look:
    return Look(service=BUSIEST, name=name, kind=Kind.TIMER, args=args, asked=asked)


def _held(world: World) -> list[str]:
    return [f"connection:{world.id(3, n)}" for n in range(world.scale.lanes_of(BUSIEST))]


def _job_lists() -> list[Look]:
    def jobs(asked: str, args: Args) -> Look:
        name = f"{_HISTORY}:list_jobs"
        return Look(service=BUSIEST, name=name, kind=Kind.LIST, args=args, asked=asked)

    none = (None, None, None, None, None, PAGE)
    # After which row, and which pause holds what kind.
    end = (None, None, None)
    return [
        jobs("all", lambda w: (*none, *end)),
        jobs("deep page", lambda w: (*none, w.ago(days=300), w.id(2, 1), None)),
        jobs("failed", lambda w: ("failed", *none[1:], *end)),
        jobs("cancelled", lambda w: ("cancelled", *none[1:], *end)),
        jobs("ready", lambda w: ("ready", *none[1:], *end)),
        jobs("running: none", lambda w: ("running", *none[1:], *end)),
        jobs("unknown kind", lambda w: (None, "unheard-of", *none[2:], *end)),
        jobs("big workspace", lambda w: (None, None, w.big, *none[3:], *end)),
        jobs("small workspace, failed", lambda w: ("failed", None, w.small, *none[3:], *end)),
        jobs("lead", lambda w: (None, None, None, w.lead, *none[4:], *end)),
        jobs("since", lambda w: (None, None, None, None, w.ago(days=7), PAGE, *end)),
    ]


def _failures() -> list[Look]:
    def of(kind: Kind, name: str, asked: str, args: Args) -> Look:
        return Look(service=BUSIEST, name=f"{_HISTORY}:{name}", kind=kind, args=args, asked=asked)

    page, most = (PAGE, None, None, MOST_GROUPS, MOST_COUNTED + 1), 50_000
    # The group that half of them are in.
    filters: dict[str, Args] = {
        "big group": lambda w: (w.id(9, 0), None, None, None, None),
        "big group, small workspace": lambda w: (w.id(9, 0), None, w.small, None, None),
        "unknown group": lambda w: (w.id(9, 999), None, None, None, None),
    }
    return [
        of(Kind.POLL, "count_jobs", "all", lambda w: (None, most)),
        of(Kind.POLL, "count_jobs", "big workspace", lambda w: (w.big, most)),
        of(Kind.POLL, "count_jobs", "small workspace", lambda w: (w.small, most)),
        of(Kind.POLL, "count_finished", "a day", lambda w: (None, w.ago(days=1), most)),
        of(Kind.POLL, "count_finished", "ever", lambda w: (w.small, w.ago(days=9999), most)),
        of(Kind.LIST, "list_failures", "all", lambda w: (None, None, None, *page)),
        of(Kind.LIST, "list_failures", "big workspace", lambda w: (w.big, None, None, *page)),
        of(Kind.LIST, "list_failures", "small workspace", lambda w: (w.small, None, None, *page)),
        of(Kind.LIST, "list_failures", "kind", lambda w: (None, _KINDS[0], None, *page)),
        of(Kind.LIST, "list_failures", "unknown kind", lambda w: (None, "none", None, *page)),
        of(Kind.LIST, "list_failures", "since", lambda w: (None, None, w.ago(days=1), *page)),
        of(Kind.POLL, "waiting_in_lanes", "all", lambda w: (_held(w), _KINDS, 1_001)),
        of(Kind.POLL, "waiting_by_kind", "all", lambda w: (_KINDS, [w.big, w.small], 50_000)),
        *(of(Kind.CHANGE, "count_group", asked, args) for asked, args in filters.items()),
        *(
            of(Kind.CHANGE, name, asked, _batch_of_group(args))
            for name in ("rerun_group", "cancel_group")
            for asked, args in filters.items()
        ),
    ]


def _batch_of_group(filters: Args) -> Args:
    return lambda w: (*filters(w), None, None, None, 1000)


def _dead_letters() -> list[Look]:
    filters: dict[str, Args] = {
        "all": lambda w: (None, None, None, None),
        "unknown topic": lambda w: ("none", None, None, None),
        "unknown reason": lambda w: (None, "none", None, None),
        "since": lambda w: ("lead.upload", None, w.ago(days=7), None),
        "waiting": lambda w: (None, None, None, False),
        "put back: none": lambda w: (None, None, None, True),
    }
    name = "leadstream.kafka/intake.sql:list_dead_letters"
    summed_up = Look(
        service=BUSIEST,
        name="leadstream.kafka/intake.sql:sum_up_dead_letters",
        kind=Kind.POLL,
        args=lambda w: (None, 10_000),
    )
    listed = [
        Look(
            service=BUSIEST,
            name=name,
            kind=Kind.LIST,
            args=_page_of_letters(args),
            asked=asked,
        )
        for asked, args in filters.items()
    ]
    return [summed_up, *listed]


def _page_of_letters(filters: Args) -> Args:
    return lambda w: (*filters(w), PAGE, *(None,) * 5)


def _audit_lists() -> list[Look]:
    filters: dict[str, Args] = {
        "all": lambda w: (None,) * 5,
        "unknown actor": lambda w: ("nobody", *(None,) * 4),
        "unknown action": lambda w: (None, "nothing.done", *(None,) * 3),
        "target": lambda w: (None, None, "recipient:7", None, None),
        "small workspace": lambda w: (None, None, None, w.small, None),
        "unknown workspace": lambda w: (None, None, None, w.id(1, 0), None),
    }
    name = "leadstream.api/audit.sql:list_changes"
    return [
        Look(service=BUSIEST, name=name, kind=Kind.LIST, args=first_page(args), asked=asked)
        for asked, args in filters.items()
    ]


def _removal() -> list[Look]:
    """What deleting the big workspace does at once."""
    asked: dict[str, Args] = {
        "count_shared": lambda w: (w.big,),
        "remove_jobs": lambda w: (w.big, PAGE_OF_REMOVAL, None),
        "remove_refused_events": lambda w: (w.big, PAGE_OF_REMOVAL, None),
        "mark_bindings": lambda w: (w.big, PAGE_OF_REMOVAL, None),
        "remove_documents": lambda w: (w.big, 500),
    }
    return [
        Look(
            service=BUSIEST,
            name=f"leadstream.removal/removal.sql:{name}",
            kind=Kind.CHANGE,
            args=args,
        )
        for name, args in asked.items()
    ]


def _changes() -> list[Look]:
    def ended(name: str, asked: str, args: Args) -> Look:
        return Look(
            service=BUSIEST, name=f"{_HISTORY}:{name}", kind=Kind.CHANGE, args=args, asked=asked
        )

    filters: dict[str, Args] = {
        "failed, kind": lambda w: ("failed", _KINDS[0], None, None, None),
        "cancelled": lambda w: ("cancelled", None, None, None, None),
        "failed, small workspace": lambda w: ("failed", None, w.small, None, None),
    }
    return [
        *(ended("count_ended", asked, args) for asked, args in filters.items()),
        *(ended("rerun_ended", asked, _batch(args)) for asked, args in filters.items()),
        *(
            Look(
                service=BUSIEST,
                name=f"leadstream.erasure/erasure.sql:{name}",
                kind=Kind.CHANGE,
                args=args,
            )
            for name, args in _ERASURE.items()
        ),
    ]


def _batch(filters: Args) -> Args:
    return lambda w: (*filters(w), None, None, 1000)


# What an erasure does at once, in the middle of each table.
_ERASURE: dict[str, Args] = {
    "last_job": lambda w: (w.id(2, 1), BATCH - 1),
    "erase_from_attempts": lambda w: (w.person, None, "[erased]", *w.part(2, w.scale.jobs)),
    "erase_from_errors": lambda w: (w.person, None, "[erased]", *w.part(2, w.scale.jobs)),
    "last_audit": lambda w: (w.id(7, 1), BATCH - 1),
    "erase_from_audit": lambda w: (
        w.person,
        None,
        {"email": "[erased]"},
        *w.part(7, w.scale.jobs // 4),
    ),
    "addresses_in_jobs": lambda w: w.part(2, w.scale.jobs, SIZE),
    "addresses_in_audit": lambda w: w.part(7, w.scale.jobs // 4, SIZE),
    "addresses_in_events": lambda w: (1, SIZE),
    "last_event": lambda w: (1, BATCH - 1),
    "find_events": lambda w: (w.person, 1, BATCH),
    "find_refused_events": lambda w: (w.person,),
    "show_attempts": lambda w: (w.person, None, *w.part(2, w.scale.jobs, SHOWN)),
    "show_job_errors": lambda w: (w.person, None, *w.part(2, w.scale.jobs, SHOWN)),
    "show_audit": lambda w: (w.person, None, *w.part(7, w.scale.jobs // 4, SHOWN)),
    "show_events": lambda w: (w.person, None, 1, SHOWN),
    "show_refused_events": lambda w: (w.person, None),
}
