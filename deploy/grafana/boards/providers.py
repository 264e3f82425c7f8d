"""Who answers us, how fast, what they refuse, and what they cost."""

from grafana_foundation_sdk.builders import stat

from boards.frame import Board, Variable
from boards.panels import NONE_IS_GOOD, Levels, Query, bars, figure, graph, listing, per_day
from boards.promql import (
    NOW,
    each_day,
    latest,
    latest_sum,
    or_zero,
    pace,
    quantile,
    share,
    some,
    total,
)

CALLS = "provider_requests_total"
CHOSEN = 'provider=~"$provider"'
BAD = 'outcome!="success"'
QUIET = "No provider was called in this range"


def failures(title: str, about: str, where: str, *, span: int = 6) -> stat.Panel:
    """Failed calls of the range, beside all calls, so that an empty panel is told from a good one."""
    return figure(
        title,
        f"{about} Anything but a 2xx answer is a failure: see the outcome for what it was.",
        Query(total(CALLS, where=f"{where},{BAD}"), "failed"),
        Query(total(CALLS, where=where), "calls"),
        empty=QUIET,
        decimals=0,
        span=span,
    )


FAILURES = (
    failures(
        "DataShopper API failures",
        "Searches that DataShopper did not answer well.",
        'provider="datashopper"',
    ),
    failures("Clay API failures", "Calls that Clay did not answer well.", 'provider="clay"'),
    figure(
        "Rate limited",
        "Answers 429 in this range. They hold the provider back for as long as it asks, and burn no attempt.",
        Query(total(CALLS, where=f'{CHOSEN},outcome="rate_limited"')),
        empty=QUIET,
        levels=Levels(1, 1000),
        decimals=0,
        span=6,
    ),
    figure(
        "Providers and connections paused",
        "Pauses in force whose scope is a provider, a connection or a destination: `leadstream pauses list`.",
        Query(
            or_zero(
                latest_sum(
                    "pauses", "scope_kind", where='scope_kind=~"provider|connection|destination"'
                )
            )
        ),
        empty="No service reports its pauses",
        levels=NONE_IS_GOOD,
        span=6,
    ),
)

CALLS_PANELS = (
    graph(
        "Calls by provider",
        "Calls in a second.",
        Query(pace(CALLS, "provider", where=CHOSEN), "{{provider}}"),
        empty=QUIET,
        unit="reqps",
        stacked=True,
    ),
    graph(
        "Calls by outcome",
        "What came back, in a second. `not_sent` never left us, `ambiguous` may have had its"
        " effect, `refused` was stopped by"
        " the guard against unsafe addresses.",
        Query(pace(CALLS, "outcome", where=CHOSEN), "{{outcome}}"),
        empty=QUIET,
        unit="reqps",
        stacked=True,
    ),
    graph(
        "Error ratio",
        "Calls that failed, of all calls.",
        Query(
            share(
                pace(CALLS, "provider", where=f"{CHOSEN},{BAD}"),
                pace(CALLS, "provider", where=CHOSEN),
            ),
            "{{provider}}",
        ),
        empty=QUIET,
        unit="percentunit",
    ),
    bars(
        "Calls in this range",
        "By provider and operation.",
        Query(
            some(total(CALLS, "provider", "operation", where=CHOSEN)), "{{provider}}: {{operation}}"
        ),
        empty=QUIET,
    ),
)

LATENCY = (
    graph(
        "Latency by provider",
        "From sending a call to having read its answer: half of the calls, and 95 of a hundred, were faster.",
        Query(
            quantile(
                0.5, "provider_request_duration_seconds", "provider", where=CHOSEN, window=NOW
            ),
            "{{provider}}, median",
        ),
        Query(
            quantile(
                0.95, "provider_request_duration_seconds", "provider", where=CHOSEN, window=NOW
            ),
            "{{provider}}, 95 %",
        ),
        empty=QUIET,
        unit="s",
    ),
    bars(
        "Latency by operation",
        "95 of a hundred calls of this range were faster.",
        Query(
            quantile(
                0.95, "provider_request_duration_seconds", "provider", "operation", where=CHOSEN
            ),
            "{{provider}}: {{operation}}",
        ),
        empty=QUIET,
        unit="s",
        decimals=None,
    ),
    listing(
        "All calls of this range",
        "By provider, operation and outcome.",
        Query(some(total(CALLS, "provider", "operation", "outcome", where=CHOSEN))),
        empty=QUIET,
    ),
)

SPEND = "provider_spend_total"
# Also where nothing has a price: each provider of the catalogue has its series.
NO_MONEY = "No service reports what calls cost: is enrichment scraped?"
MONEY = (
    per_day(
        "Spent per day",
        "What calls cost in the 24 hours before each midnight UTC, by provider: units by the prices of"
        " `PROVIDER_PRICES`, in `CURRENCY`. The ledger is `GET spend`.",
        Query(each_day(SPEND, "provider"), "{{provider}}"),
        empty=NO_MONEY,
    ).decimals(2),
    bars(
        "Spent in this range",
        "By provider, in `CURRENCY`; those that cost nothing are left out.",
        Query(some(total(SPEND, "provider")), "{{provider}}"),
        empty="No call in this range had a price",
        decimals=2,
    ),
    figure(
        "Cap use",
        "How much of its daily and its monthly cap the workspace has taken that is nearest to each;"
        " what calls under way may cost counts. At 100 % its leads wait, at 80 % an alert tells.",
        Query(latest("spending_cap_use_ratio", "period"), "{{period}}"),
        empty="No workspace has a cap, or enrichment is not scraped",
        unit="percentunit",
        levels=Levels(0.8, 1),
        decimals=1,
        span=12,
        height=8,
    ),
    graph(
        "Cap use over time",
        "Of the workspace nearest to its cap, by the cap's period.",
        Query(latest("spending_cap_use_ratio", "period"), "{{period}}"),
        empty="No workspace has a cap, or enrichment is not scraped",
        unit="percentunit",
    ),
)

BOARD = Board(
    uid="leadstream-providers",
    title="Providers",
    about="Who answers us, how fast, what they refuse, and what they cost.",
    variables=[Variable("provider", "leadstream_provider_requests_total")],
    rows=[("Failures", FAILURES), ("Calls", CALLS_PANELS), ("Latency", LATENCY), ("Money", MONEY)],
)
