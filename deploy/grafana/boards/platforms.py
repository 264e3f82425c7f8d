"""Which platform has what, and what it refuses."""

from boards.frame import Board, Variable
from boards.panels import MOSTLY, NONE_IS_GOOD, Levels, Query, bars, figure, graph, per_day
from boards.promql import NOW, each_day, latest_sum, or_zero, pace, quantile, share, some, total
from boards.providers import failures

UPLOADS = "platform_uploads_total"
CHOSEN = 'platform=~"$platform"'
ACCEPTED = 'outcome=~"created|updated"'
QUIET = "No lead was handed to a platform in this range"

SUCCESS = (
    figure(
        "Upload success rate",
        "Leads that a platform accepted, of those accepted or given up on. One that waits for a"
        " connection or is tried again is"
        " neither.",
        Query(
            share(
                total(UPLOADS, where=f"{CHOSEN},{ACCEPTED}"),
                total(UPLOADS, where=f'{CHOSEN},outcome=~"created|updated|failed"'),
            )
        ),
        empty=QUIET,
        unit="percentunit",
        levels=MOSTLY,
        decimals=1,
        span=6,
    ),
    failures(
        "Platform API failures",
        "Calls that a platform did not answer well.",
        'service="platform-upload"',
    ),
    figure(
        "Waiting",
        "Upload jobs that are ready. Those of a workspace without a connection wait until one is added.",
        Query(latest_sum("jobs", "kind", where='service="platform-upload",state="ready"')),
        empty="No service reports its jobs: is platform-upload scraped?",
        levels=Levels(1_000, 10_000),
        span=6,
    ),
    figure(
        "Connections paused",
        "A credential that was refused, or a limit that is used up: `leadstream pauses list`.",
        Query(
            or_zero(
                latest_sum(
                    "pauses",
                    "scope_kind",
                    where='service="platform-upload",scope_kind="connection"',
                )
            )
        ),
        empty="No service reports its pauses",
        levels=NONE_IS_GOOD,
        span=6,
    ),
)

UPLOADED = (
    bars(
        "Leads uploaded per platform",
        "Leads that a platform accepted in this range, updates of leads it had already among them.",
        Query(some(total(UPLOADS, "platform", where=f"{CHOSEN},{ACCEPTED}")), "{{platform}}"),
        empty=QUIET,
    ),
    per_day(
        "Billing events per day",
        "One for each lead and platform, however often it is uploaded; of the 24 hours before each midnight UTC.",
        Query(each_day("billing_events_total", "platform", where=CHOSEN), "{{platform}}"),
        empty="No service reports uploads: is platform-upload scraped?",
    ),
    bars(
        "Attempts by platform, adapter and outcome",
        "`waiting` tries again later, `closed` is not wanted any more, `refused` is a cold lead"
        " that should not have come.",
        Query(
            some(total(UPLOADS, "platform", "adapter", "outcome", where=CHOSEN)),
            "{{platform}} ({{adapter}}): {{outcome}}",
        ),
        empty=QUIET,
    ),
    graph(
        "Uploads",
        "Leads in a second, by outcome.",
        Query(pace(UPLOADS, "outcome", where=CHOSEN), "{{outcome}}"),
        empty="No service reports uploads: is platform-upload scraped?",
        unit="ops",
        stacked=True,
    ),
)

CALLS = (
    graph(
        "Calls to platforms",
        "Calls in a second, and those of them that failed. One call may carry a hundred leads.",
        Query(
            pace("provider_requests_total", "provider", where='service="platform-upload"'),
            "{{provider}}",
        ),
        Query(
            pace(
                "provider_requests_total",
                "provider",
                where='service="platform-upload",outcome!="success"',
            ),
            "{{provider}}: failed",
        ),
        empty="No platform was called in this range",
        unit="reqps",
    ),
    graph(
        "Latency",
        "95 of a hundred calls were faster.",
        Query(
            quantile(
                0.95,
                "provider_request_duration_seconds",
                "provider",
                "operation",
                where='service="platform-upload"',
                window=NOW,
            ),
            "{{provider}}: {{operation}}",
        ),
        empty="No platform was called in this range",
        unit="s",
    ),
    graph(
        "Age of a lead when its platform had it",
        "Time since its discovery, the first time: half of the leads, and 95 of a hundred, were younger.",
        Query(quantile(0.5, "lead_age_seconds", where='stage="uploaded"', window=NOW), "median"),
        Query(quantile(0.95, "lead_age_seconds", where='stage="uploaded"', window=NOW), "95 %"),
        empty="No lead was uploaded for the first time in this range",
        unit="s",
        span=24,
    ),
)

BOARD = Board(
    uid="leadstream-platforms",
    title="Platforms",
    about="Which platform has what, and what it refuses.",
    variables=[Variable("platform", "leadstream_billing_events_total")],
    rows=[("Success", SUCCESS), ("Uploads", UPLOADED), ("Calls", CALLS)],
)
