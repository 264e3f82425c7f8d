"""What scheduler has of its own."""

from bench.size.looks.look import PAGE, Kind, Look
from bench.size.looks.make import kept, look_at


def scheduler_looks() -> list[Look]:
    return [
        look_at("scheduler", "schedules.sql:lock_due", Kind.TIMER, lambda w: (w.ago(),)),
        look_at("scheduler", "schedules.sql:schedule_times", Kind.TIMER),
        *kept("scheduler", "delete_ticks"),
        look_at("scheduler", "schedules.sql:list_schedules", Kind.LIST),
        look_at("scheduler", "schedules.sql:last_puts", Kind.LIST, lambda w: (["schedule-1"],)),
        look_at(
            "scheduler",
            "schedules.sql:last_ticks",
            Kind.LIST,
            lambda w: (["schedule-1"], PAGE, w.ago()),
        ),
        look_at(
            "scheduler", "schedules.sql:list_ticks", Kind.LIST, lambda w: ("schedule-1", PAGE, None)
        ),
    ]
