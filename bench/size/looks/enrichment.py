"""What enrichment has of its own."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from bench.size.looks.look import PAGE, Args, Kind, Look, World
from bench.size.looks.make import erased, kept, look_at, removal, shown
from leadstream.erasure.searches import SIZE
from leadstream.erasure.sweeps import BATCH


def enrichment_looks() -> list[Look]:
    hour, days = timedelta(hours=1), (date(2026, 1, 1), date(2026, 1, 2))
    return [
        look_at("enrichment", "answers.sql:close_abandoned_calls", Kind.TIMER, lambda w: (hour,)),
        look_at("enrichment", "spend.sql:jobs_to_settle", Kind.TIMER, lambda w: (hour,)),
        look_at(
            "enrichment",
            "spending_caps.sql:highest_use",
            Kind.TIMER,
            lambda w: (datetime.now(UTC).date(), None, None),
        ),
        look_at("enrichment", "credits.sql:abandoned_reservations", Kind.TIMER, lambda w: (hour,)),
        look_at(
            "enrichment",
            "left_sources.sql:waiting_workspaces",
            Kind.TIMER,
            lambda w: ("enrich-lead",),
        ),
        *removal("enrichment", pages=("remove_leads", "remove_provider_calls")),
        *kept(
            "enrichment",
            "delete_leads",
            "delete_answers",
            "delete_calls",
            "delete_spending",
            "delete_spend",
            "delete_ledger",
        ),
        look_at(
            "enrichment",
            "credits.sql:list_accounts",
            Kind.LIST,
            lambda w: (w.big, None, None, None, PAGE),
        ),
        Look(
            service="enrichment",
            name="leadstream.accounts/accounts.sql:list_accounts",
            kind=Kind.LIST,
            args=lambda w: (None, None, PAGE, None, None),
        ),
        Look(
            service="enrichment",
            name="leadstream.accounts/accounts.sql:list_sources",
            kind=Kind.LIST,
            args=lambda w: (None, PAGE, None),
        ),
        look_at(
            "enrichment",
            "credits.sql:list_ledger",
            Kind.LIST,
            lambda w: (w.id(14, 7), None, None, PAGE),
        ),
        *(
            look_at("enrichment", "spending.sql:sum_up_spending", Kind.REPORT, args, asked)
            for asked, args in _spending().items()
        ),
        *(
            look_at("enrichment", "spend.sql:sum_up_spend", Kind.REPORT, args, asked)
            for asked, args in _spend().items()
        ),
        look_at(
            "enrichment",
            "spend.sql:spend_of",
            Kind.REPORT,
            lambda w: ([w.big], *_days(31), True, 5001),
            "a month of the big workspace",
        ),
        look_at("enrichment", "credits.sql:lock_due_accounts", Kind.CHANGE, lambda w: days),
        look_at("enrichment", "credits.sql:reset_accounts", Kind.CHANGE, _accounts),
        *_enrichment_erasure(),
    ]


def _spending() -> dict[str, Args]:
    def of(workspace: Callable[[World], UUID | None], days: int) -> Args:
        today = datetime.now(UTC).date()
        return lambda w: (
            workspace(w),
            w.ago(days=days),
            w.ago(),
            w.ago(hours=1),
            1001,
            today,
        )

    return {
        "a day": of(lambda w: None, 1),
        "a month": of(lambda w: None, 31),
        "a month of the big workspace": of(lambda w: w.big, 31),
        "a month of a small workspace": of(lambda w: w.small, 31),
    }


def _spend() -> dict[str, Args]:
    def of(workspace: Callable[[World], UUID | None]) -> Args:
        since, until = _days(31)
        return lambda w: (workspace(w), since, until, until, since, 201, None, None)

    return {
        "a month": of(lambda w: None),
        "a month of the big workspace": of(lambda w: w.big),
    }


def _days(count: int) -> tuple[date, date]:
    today = datetime.now(UTC).date()
    return today - timedelta(days=count), today + timedelta(days=1)


def _accounts(world: World) -> tuple[object, ...]:
    return date(2026, 1, 1), [world.id(14, n) for n in range(1, 1000)]


def _enrichment_erasure() -> list[Look]:
    def part(w: World) -> tuple[object, ...]:
        return w.part(4, w.scale.leads // 5)

    return [
        look_at(
            "enrichment",
            "erasure.sql:last_enriched",
            Kind.CHANGE,
            lambda w: (w.id(4, 1), BATCH - 1),
        ),
        look_at(
            "enrichment",
            "erasure.sql:delete_contacts",
            Kind.CHANGE,
            lambda w: (w.person, None, *part(w)),
        ),
        look_at(
            "enrichment", "erasure.sql:last_answer", Kind.CHANGE, lambda w: (w.id(13, 1), BATCH - 1)
        ),
        look_at(
            "enrichment",
            "erasure.sql:addresses_in_enrichments",
            Kind.CHANGE,
            lambda w: w.part(4, w.scale.leads // 5, SIZE),
        ),
        look_at(
            "enrichment",
            "erasure.sql:addresses_in_answers",
            Kind.CHANGE,
            lambda w: w.part(13, w.scale.leads // 10, SIZE),
        ),
        look_at(
            "enrichment",
            "erasure.sql:erase_from_answers",
            Kind.CHANGE,
            lambda w: (w.person, *w.part(13, w.scale.leads // 10), None),
        ),
        look_at(
            "enrichment",
            "erasure.sql:erase_from_enrichments",
            Kind.CHANGE,
            lambda w: (*erased(w), *part(w)),
        ),
        look_at(
            "enrichment", "erasure.sql:erase_accounts", Kind.CHANGE, lambda w: (w.person, None)
        ),
        *shown(
            "enrichment",
            4,
            lambda w: (w.scale.leads // 5,),
            "show_contacts",
            "show_errors",
        ),
        *shown("enrichment", 13, lambda w: (w.scale.leads // 10,), "show_answers"),
        look_at("enrichment", "erasure.sql:show_accounts", Kind.CHANGE, lambda w: (w.person, None)),
    ]
