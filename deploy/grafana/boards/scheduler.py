"""Whether the night came when it was due."""

from boards.frame import Board, Variable
from boards.panels import NONE_IS_GOOD, Levels, Query, bars, figure, graph, per_day
from boards.promql import each_day, latest, latest_sum, or_zero, pace, quantile, total

CHOSEN = 'schedule=~"$schedule"'
SILENT = "No service reports ticks: is scheduler scraped?"
ON_TIME = "No scheduled tick in this range; one that a person triggers is never late"

TICKS = (
    figure(
        "Ticks in this range",
        "By schedule, those that a person triggered among them.",
        Query(total("ticks_total", "schedule", where=CHOSEN), "{{schedule}}"),
        empty=SILENT,
        decimals=0,
        span=12,
    ),
    figure(
        "Lateness",
        "Time between when a tick was due and when it was emitted: 99 of a hundred came sooner."
        " 30 s is what is promised.",
        Query(quantile(0.99, "tick_lateness_seconds", "schedule", where=CHOSEN), "{{schedule}}"),
        empty=ON_TIME,
        unit="s",
        levels=Levels(5, 30),
        span=12,
    ),
    figure(
        "Time until the next tick",
        "By schedule. Below zero, the tick is late. A paused schedule has none.",
        Query(
            f"{latest('schedule_next_tick_timestamp_seconds', 'schedule', where=CHOSEN)} - time()",
            "{{schedule}}",
        ),
        empty="No schedule is running, or scheduler is not scraped",
        unit="s",
        levels=Levels(-5, -30, falling=True),
        span=24,
    ),
    per_day(
        "Ticks per day",
        "Of the 24 hours before each midnight UTC. A day without its tick is a hole.",
        Query(each_day("ticks_total", "schedule", where=CHOSEN), "{{schedule}}"),
        empty=SILENT,
    ),
    bars(
        "Mean lateness",
        "By schedule. A tick that was caught up on after an outage is as late as the outage was long.",
        Query(
            f"{total('tick_lateness_seconds_sum', 'schedule', where=CHOSEN)}"
            f" / ({total('tick_lateness_seconds_count', 'schedule', where=CHOSEN)} > 0)",
            "{{schedule}}",
        ),
        empty=ON_TIME,
        unit="s",
        decimals=None,
        levels=Levels(5, 30),
    ),
)

OUT = (
    graph(
        "Ticks published",
        "In a second. A tick is a row first and an event next.",
        Query(pace("events_published_total", "topic", where='topic="scheduler.tick"'), "{{topic}}"),
        empty=SILENT,
        unit="ops",
    ),
    graph(
        "Ticks taken in",
        "In a second, by the services that act on them.",
        Query(
            pace("events_consumed_total", "service", where='topic="scheduler.tick"'), "{{service}}"
        ),
        empty="No service reports its events",
        unit="ops",
    ),
    graph(
        "Age of the oldest tick in the outbox",
        "Seconds are usual. More means that the relay or Kafka is away.",
        Query(
            latest("outbox_oldest_seconds", "service", where='service="scheduler"'), "{{service}}"
        ),
        empty=SILENT,
        unit="s",
    ),
    figure(
        "Pauses in force",
        "Of the scheduler's own work. A paused schedule is none of them: `GET /api/admin/schedules` shows it.",
        Query(or_zero(latest_sum("pauses", "scope_kind", where='service="scheduler"'))),
        empty="No service reports its pauses",
        levels=NONE_IS_GOOD,
        span=12,
        height=8,
    ),
)

BOARD = Board(
    uid="leadstream-scheduler",
    title="Scheduler",
    about="Whether the night came when it was due.",
    variables=[Variable("schedule", "leadstream_ticks_total")],
    rows=[("Ticks", TICKS), ("Events", OUT)],
)
