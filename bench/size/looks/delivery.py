"""What delivery has of its own."""

from datetime import timedelta
from uuid import UUID

from bench.size.looks.look import PAGE, Args, Kind, Look, World
from bench.size.looks.make import (
    LONG,
    erased,
    first_page,
    look_at,
    removal,
    shown,
    walking,
)
from leadstream.erasure.searches import SIZE
from leadstream.erasure.sweeps import BATCH

LASTING = timedelta(minutes=5)
ASKED_AFTER = [timedelta(hours=hours) for hours in (2, 20, 68)]
_SUMMARIES: dict[str, Args] = {
    "a day": lambda w: (None, w.ago(days=1), 100_000, 1001),
    "a day of the big workspace": lambda w: (w.big, w.ago(days=1), 100_000, 1001),
    "ever": lambda w: (None, w.ago(days=9999), 100_000, 1001),
    "a small workspace, ever": lambda w: (w.small, w.ago(days=9999), 100_000, 1001),
}


def delivery_looks() -> list[Look]:
    return [
        *walking("delivery", "delete_alerts", "forget_contents"),
        *removal("delivery", batches=("remove_deliveries",)),
        look_at("delivery", "retention.sql:delete_notices", Kind.TIMER, lambda w: (LONG, 500)),
        *(
            look_at("delivery", name, Kind.TIMER, lambda w: (LONG, 500))
            for name in (
                "retention.sql:delete_digests",
                "resend_events.sql:delete_resend_events",
                "deliveries.sql:give_up_asking",
            )
        ),
        look_at(
            "delivery",
            "deliveries.sql:claim_unheard",
            Kind.TIMER,
            lambda w: (w.ago(), 20, ASKED_AFTER, "ask-fate"),
        ),
        *_digest_looks(),
        look_at("delivery", "resend_events.sql:newest_event", Kind.POLL),
        look_at(
            "delivery",
            "resend_events.sql:count_heard",
            Kind.POLL,
            lambda w: (w.ago(days=1), w.ago(), 1000, None),
        ),
        look_at("delivery", "senders.sql:sending_domains", Kind.LIST, lambda w: (None, PAGE)),
        *(
            look_at("delivery", f"senders.sql:{name}", Kind.CHANGE, lambda w: (w.big, [0, 1, 2]))
            for name in ("rewrite_deliveries", "rewrite_digests", "rewrite_notices")
        ),
        look_at("delivery", "erasure.sql:erase_digests", Kind.CHANGE, lambda w: ([], [w.big])),
        look_at("delivery", "troubles.sql:unfounded_pauses", Kind.TIMER),
        look_at("delivery", "deliveries.sql:newly_held", Kind.TIMER, lambda w: (500, LASTING)),
        *_delivery_lists(),
        *(
            look_at("delivery", "deliveries.sql:sum_up_deliveries", Kind.POLL, args, asked)
            for asked, args in _SUMMARIES.items()
        ),
        look_at(
            "delivery",
            "recipients.sql:list_recipients",
            Kind.LIST,
            lambda w: (w.big, None, PAGE, None, None),
        ),
        look_at("delivery", "recipients.sql:count_recipients", Kind.LIST, lambda w: (w.big,)),
        look_at(
            "delivery",
            "recipients.sql:list_suppressions",
            Kind.LIST,
            lambda w: (w.big, None, None, PAGE, None, None),
        ),
        look_at(
            "delivery",
            "recipients.sql:list_suppressions",
            Kind.LIST,
            lambda w: (None, None, "bounced", PAGE, None, None),
            "bounced",
        ),
        look_at(
            "delivery",
            "recipients.sql:suppress_many",
            Kind.CHANGE,
            lambda w: (
                w.big,
                [w.id(42, n) for n in range(1000)],
                [f"new{n}@company.example" for n in range(1000)],
                ["bounced"] * 1000,
                ["bounced"] * 1000,
            ),
        ),
        look_at(
            "delivery",
            "channels.sql:list_channels",
            Kind.LIST,
            lambda w: (w.big, None, None, PAGE, None, None),
        ),
        look_at("delivery", "channels.sql:count_channels", Kind.LIST, lambda w: (w.big,)),
        look_at(
            "delivery", "erasure.sql:last_alert", Kind.CHANGE, lambda w: (w.id(19, 1), BATCH - 1)
        ),
        look_at(
            "delivery",
            "erasure.sql:find_alerts_with",
            Kind.CHANGE,
            lambda w: (w.person, None, *w.part(19, w.scale.leads // 5)),
        ),
        look_at("delivery", "erasure.sql:erase_messages", Kind.CHANGE, lambda w: ([w.id(19, 7)],)),
        look_at(
            "delivery", "erasure.sql:last_delivery", Kind.CHANGE, lambda w: (w.id(2, 1), BATCH - 1)
        ),
        look_at(
            "delivery",
            "erasure.sql:addresses_in_alerts",
            Kind.CHANGE,
            lambda w: w.part(19, w.scale.leads // 5, SIZE),
        ),
        look_at(
            "delivery",
            "erasure.sql:addresses_in_deliveries",
            Kind.CHANGE,
            lambda w: w.part(2, w.scale.leads // 5, SIZE),
        ),
        look_at(
            "delivery",
            "erasure.sql:erase_from_deliveries",
            Kind.CHANGE,
            lambda w: (*erased(w), *w.part(2, w.scale.leads // 5), [w.id(16, 7)]),
        ),
        look_at(
            "delivery", "erasure.sql:delete_recipients", Kind.CHANGE, lambda w: (w.person, None)
        ),
        look_at(
            "delivery", "erasure.sql:delete_suppressions", Kind.CHANGE, lambda w: (w.person, None)
        ),
        *shown("delivery", 19, lambda w: (w.scale.leads // 5,), "show_alerts"),
        *shown("delivery", 2, lambda w: (w.scale.leads // 5,), "show_deliveries"),
        *(
            look_at("delivery", f"erasure.sql:{name}", Kind.CHANGE, lambda w: (w.person, None))
            for name in ("show_recipients", "show_suppressions", "find_recipients")
        ),
        look_at(
            "delivery",
            "erasure.sql:disclosures",
            Kind.CHANGE,
            lambda w: ([w.id(4, n) for n in range(200)], [None] * 200, None),
        ),
    ]


def _digest_looks() -> list[Look]:
    """Of 500 recipients at a time, each with fifty that wait; and of a batch of a hundred e-mails."""

    def recipients(w: World) -> list[UUID]:
        return [w.id(16, n) for n in range(1, 501)]

    def waiting(w: World) -> list[UUID]:
        return [w.id(40, n) for n in range(1, 2501)]

    def put_off(w: World) -> list[list[object]]:
        return [list(waiting(w)[:100]), [w.ago()] * 100, ["later"] * 100]

    def counted(w: World) -> list[list[object]]:
        return [
            list(waiting(w)[:100]),
            list(recipients(w)[:100]),
            [w.ago().date()] * 100,
            [5] * 100,
        ]

    def rescheduled(w: World) -> list[object]:
        return [w.id(16, 1), ["hot", "warm", "cold"], [w.ago()] * 3, ["later"] * 3]

    looks: dict[str, tuple[Kind, Args]] = {
        "due_recipients": (Kind.TIMER, lambda w: (w.ago(), 500)),
        "due_deliveries": (Kind.TIMER, lambda w: (recipients(w), w.ago(), 200)),
        "open_digests": (Kind.TIMER, lambda w: (recipients(w),)),
        "bind_deliveries": (
            Kind.CHANGE,
            lambda w: (waiting(w), [w.id(41, n) for n in range(1, 2501)], w.ago()),
        ),
        "put_off_deliveries": (Kind.CHANGE, lambda w: (*put_off(w),)),
        "count_mails": (Kind.CHANGE, lambda w: (*counted(w),)),
        "reschedule_waiting": (Kind.CHANGE, lambda w: (*rescheduled(w),)),
    }
    return [
        look_at("delivery", f"digests.sql:{name}", kind, args)
        for name, (kind, args) in looks.items()
    ]


def _delivery_lists() -> list[Look]:
    filters: dict[str, Args] = {
        "all": lambda w: (None, None, None, None),
        "big workspace": lambda w: (w.big, None, None, None),
        "lead": lambda w: (None, w.id(4, 70), None, None),
        "failed": lambda w: (None, None, "failed", None),
        "big workspace, failed": lambda w: (w.big, None, "failed", None),
        "big workspace, slack": lambda w: (w.big, None, None, "slack"),
        "small workspace, webhook: none": lambda w: (w.small, None, None, "webhook"),
        "pending": lambda w: (None, None, "pending", None),
        "held": lambda w: (None, None, "held", None),
        "small workspace, held": lambda w: (w.small, None, "held", None),
    }
    fates: dict[str, str | None] = dict.fromkeys(filters)
    for fate in ("accepted", "bounced"):
        filters[fate] = filters["all"]
        fates[fate] = fate
    return [
        look_at(
            "delivery",
            "deliveries.sql:list_deliveries",
            Kind.LIST,
            _with(first_page(args), fates[asked]),
            asked,
        )
        for asked, args in filters.items()
    ]


def _with(args: Args, *more: object) -> Args:
    return lambda w: (*args(w), *more)
