"""Events in and out: lag, dead letters, and what waits in the outbox."""

from boards.frame import Board, Variable
from boards.panels import NONE_IS_GOOD, Levels, Query, bars, figure, graph
from boards.promql import latest, latest_sum, pace, some, total

SERVICE = 'service=~"$service"'
CHOSEN = f'{SERVICE},topic=~"$topic"'
SILENT = "No service reports its events"

STANDING = (
    figure(
        "Lag",
        "Records that wait to be taken in, over all services.",
        Query(f"sum(leadstream_consumer_lag_records{{{CHOSEN}}})"),
        empty=SILENT,
        levels=Levels(1_000, 100_000),
        span=6,
    ),
    figure(
        "Events in the outbox",
        "Events that are true and not yet published.",
        Query(latest_sum("outbox_rows", where=SERVICE)),
        empty=SILENT,
        levels=Levels(1_000, 100_000),
        span=6,
    ),
    figure(
        "Oldest event in the outbox",
        "Seconds are usual. More means that the relay or Kafka is away.",
        Query(f"max(leadstream_outbox_oldest_seconds{{{SERVICE}}})"),
        empty=SILENT,
        unit="s",
        levels=Levels(30, 300),
        span=6,
    ),
    figure(
        "Dead letters, refused events, missing records",
        "Records that could not be used, events that the broker will never take, and records that"
        " were gone before they were read, in this range: `leadstream dlq list`.",
        Query(total("dead_letters_total", where=CHOSEN), "dead letters"),
        Query(total("events_refused_total", where=CHOSEN), "refused"),
        Query(total("records_missing_total", where=CHOSEN), "missing"),
        empty=SILENT,
        levels=NONE_IS_GOOD,
        decimals=0,
        span=6,
    ),
)

IN = (
    graph(
        "Consumer lag",
        "Newest offset minus committed, by consumer group and topic.",
        Query(
            f"sum by (service, topic) (leadstream_consumer_lag_records{{{CHOSEN}}})",
            "{{service}}: {{topic}}",
        ),
        empty=SILENT,
    ),
    graph(
        "Events consumed",
        "Records taken in, in a second, by consumer group and topic.",
        Query(
            pace("events_consumed_total", "service", "topic", where=CHOSEN),
            "{{service}}: {{topic}}",
        ),
        empty=SILENT,
        unit="ops",
        stacked=True,
    ),
    bars(
        "Consumed in this range",
        "By what became of the records.",
        Query(
            some(total("events_consumed_total", "service", "topic", "outcome", where=CHOSEN)),
            "{{service}}: {{topic}}, {{outcome}}",
        ),
        empty="No event was consumed in this range",
    ),
    bars(
        "Dead letters by reason",
        "Each has its reason, its error and its original place in its headers: `leadstream dlq show`.",
        Query(
            some(total("dead_letters_total", "service", "topic", "reason", where=CHOSEN)),
            "{{service}}: {{topic}}, {{reason}}",
        ),
        empty="No record was set aside in this range",
        levels=NONE_IS_GOOD,
    ),
)

OUT = (
    graph(
        "Events published",
        "What the broker has acknowledged, in a second, by topic.",
        Query(pace("events_published_total", "topic", where=CHOSEN), "{{topic}}"),
        empty=SILENT,
        unit="ops",
        stacked=True,
    ),
    bars(
        "Published in this range",
        "By topic.",
        Query(some(total("events_published_total", "topic", where=CHOSEN)), "{{topic}}"),
        empty="No event was published in this range",
    ),
    graph(
        "Outbox rows",
        "Events waiting to be published, by service.",
        Query(latest("outbox_rows", "service", where=SERVICE), "{{service}}"),
        empty=SILENT,
        stacked=True,
    ),
    graph(
        "Partitions that take nothing",
        "By topic: what goes there waits apart, and everything else goes on.",
        Query(
            f"sum by (service, topic) (leadstream_outbox_lanes{{{CHOSEN}}})",
            "{{service}}: {{topic}}",
        ),
        empty="Every partition takes what it is sent",
    ),
    graph(
        "Age of the oldest event in the outbox",
        "By service.",
        Query(latest("outbox_oldest_seconds", "service", where=SERVICE), "{{service}}"),
        empty=SILENT,
        unit="s",
    ),
)

BOARD = Board(
    uid="leadstream-kafka",
    title="Kafka and outbox",
    about="Events in and out: lag, dead letters, and what waits in the outbox.",
    variables=[
        Variable("service", "leadstream_outbox_rows"),
        Variable("topic", '{__name__=~"leadstream_events_(consumed|published)_total"}'),
    ],
    rows=[("Now", STANDING), ("In", IN), ("Out", OUT)],
)
