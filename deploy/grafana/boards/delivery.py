"""Who was told, over which channel, and how soon."""

from grafana_foundation_sdk.builders import stat

from boards.frame import Board
from boards.panels import MOSTLY, NONE_IS_GOOD, Levels, Query, bars, figure, graph
from boards.promql import NOW, latest_sum, or_zero, pace, quantile, share, some, total

TRIES = "deliveries_total"
QUIET = "Nobody was told of a lead in this range"


def _success(title: str, channel: str, what: str) -> stat.Panel:
    return figure(
        title,
        f"{what} that were accepted, of those that were accepted or given up on. One that is"
        " still tried again is neither,"
        " nor is one that was cancelled because it was not wanted any more.",
        Query(
            share(
                total(TRIES, where=f'channel="{channel}",outcome="delivered"'),
                total(TRIES, where=f'channel="{channel}",outcome=~"delivered|failed"'),
            )
        ),
        empty=f"No {channel} delivery has ended in this range",
        unit="percentunit",
        levels=MOSTLY,
        decimals=1,
        span=6,
    )


FATES = "email_fates_total"

SUCCESS = (
    figure(
        "Email delivery rate",
        "E-mails that the receiver's server took, of those of which Resend told how they ended: delivered, bounced,"
        " failed or suppressed. What Resend only accepted is neither.",
        Query(
            share(
                total(FATES, where='fate="delivered"'),
                total(FATES, where='fate=~"delivered|bounced|failed|suppressed"'),
            )
        ),
        empty="Resend has told of no e-mail in this range: is its webhook set up? `leadstream doctor` says how",
        unit="percentunit",
        levels=MOSTLY,
        decimals=1,
        span=6,
    ),
    _success("E-mails accepted", "email", "E-mails"),
    _success("Slack notification success", "slack", "Slack messages"),
    _success("Webhook success rate", "webhook", "Webhooks"),
    figure(
        "Possible repeats",
        "Attempts after one that may have had its effect, where the receiver can't tell a repetition, in this range.",
        Query(or_zero(total("possible_repeats_total"))),
        empty=QUIET,
        levels=NONE_IS_GOOD,
        decimals=0,
        span=12,
    ),
    figure(
        "E-mails marked as spam",
        "Of those that were delivered. Gmail and Yahoo ask for less than 0.1 %, and refuse senders above 0.3 %.",
        Query(
            share(total(FATES, where='fate="complained"'), total(FATES, where='fate="delivered"'))
        ),
        empty="Resend has told of no e-mail that was delivered in this range",
        unit="percentunit",
        levels=Levels(0.001, 0.003),
        decimals=2,
        span=12,
    ),
)

CHANNELS = (
    bars(
        "What became of e-mails",
        "After Resend had accepted them, in this range; one may be delayed, then delivered, then marked as spam.",
        Query(some(total(FATES, "fate")), "{{fate}}"),
        empty="Resend has told of no e-mail in this range",
        span=24,
    ),
    bars(
        "Deliveries in this range",
        "Attempts by channel and how they ended.",
        Query(some(total(TRIES, "channel", "outcome")), "{{channel}}: {{outcome}}"),
        empty=QUIET,
    ),
    graph(
        "Delivered",
        "In a second, by channel.",
        Query(pace(TRIES, "channel", where='outcome="delivered"'), "{{channel}}"),
        empty="No service reports deliveries: is delivery scraped?",
        unit="ops",
        stacked=True,
    ),
    graph(
        "Tried again or given up",
        "In a second, by channel and outcome.",
        Query(
            pace(TRIES, "channel", "outcome", where='outcome=~"retry|failed"'),
            "{{channel}}: {{outcome}}",
        ),
        empty="No service reports deliveries: is delivery scraped?",
        unit="ops",
        stacked=True,
    ),
    graph(
        "Latency of the receivers",
        "95 of a hundred calls were faster.",
        Query(
            quantile(
                0.95,
                "provider_request_duration_seconds",
                "provider",
                where='service="delivery"',
                window=NOW,
            ),
            "{{provider}}",
        ),
        empty="Nobody was called in this range",
        unit="s",
    ),
)

LEADS = (
    bars(
        "Leads by how their channels ended",
        "`partial`: some channels failed; `no_channel`: nobody wants to be told of it.",
        Query(some(total("leads_delivered_total", "status")), "{{status}}"),
        empty=QUIET,
    ),
    graph(
        "Age of a lead when its last channel ended",
        "Time since its discovery: half of the leads, and 95 of a hundred, were younger.",
        Query(quantile(0.5, "lead_age_seconds", where='stage="delivered"', window=NOW), "median"),
        Query(quantile(0.95, "lead_age_seconds", where='stage="delivered"', window=NOW), "95 %"),
        empty=QUIET,
        unit="s",
    ),
    figure(
        "Waiting to be delivered",
        "Jobs of delivery that are ready, by kind.",
        Query(
            latest_sum("jobs", "kind", by=("kind",), where='service="delivery",state="ready"'),
            "{{kind}}",
        ),
        empty="No service reports its jobs: is delivery scraped?",
        levels=Levels(1_000, 10_000),
        span=24,
    ),
)

BOARD = Board(
    uid="leadstream-delivery",
    title="Delivery",
    about="Who was told, over which channel, and how soon.",
    rows=[("Success", SUCCESS), ("Channels", CHANNELS), ("Leads", LEADS)],
)
