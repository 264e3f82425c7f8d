"""Is it well, and what has the night brought: from what was found to what was uploaded."""

from boards.frame import Board
from boards.panels import MOSTLY, NONE_IS_GOOD, Levels, Panel, Query, bars, figure, graph, per_day
from boards.promql import NOW, each_day, latest_sum, mean, pace, quantile, share, some, total

QUIET = "The nightly job has not run in this range"
SCORED = total("leads_scored_total")
FIVE_MINUTES = 'le=~"300(\\\\.0)?"'


def _score(score: str) -> str:
    return share(total("leads_scored_total", where=f'score="{score}"'), SCORED)


NOW_PANELS = (
    figure(
        "Services up",
        "How many replicas of each service answer Prometheus.",
        Query('sum by (service) (up{job="leadstream"})', "{{service}}"),
        empty="Prometheus scrapes no service: no target of the job leadstream",
        levels=Levels(1, 1, falling=True),
        span=8,
    ),
    figure(
        "Alerts firing",
        "Each links to its runbook in Alertmanager.",
        Query('count(ALERTS{alertstate="firing"}) or vector(0)'),
        empty="Prometheus evaluates no rules",
        levels=NONE_IS_GOOD,
    ),
    figure(
        "Failed jobs",
        "Jobs that have used up their attempts and wait for a person: `leadstream jobs list --state failed`.",
        Query(latest_sum("jobs", "kind", "state", where='state="failed"')),
        empty="No service reports its jobs",
        levels=NONE_IS_GOOD,
    ),
    figure(
        "Dead letters",
        "Records set aside in this range: `leadstream dlq list`.",
        Query(total("dead_letters_total")),
        empty="No service reports what it consumes",
        levels=NONE_IS_GOOD,
        decimals=0,
    ),
    figure(
        "Oldest ready job",
        "How long the job that has waited longest has been due. Minutes are usual while the nightly job runs.",
        Query("max(leadstream_job_oldest_ready_seconds)"),
        empty="No service reports its jobs",
        unit="s",
        levels=Levels(300, 1800),
    ),
)

FUNNEL = (
    bars(
        "From found to uploaded",
        "Companies found; those scored, which leaves out what was rejected; of them the new"
        " leads; the leads enriched; those"
        " that somebody was told of; and those that a platform accepted, which cold leads never are.",
        Query(total("companies_found_total"), "found"),
        Query(SCORED, "scored"),
        Query(total("leads_created_total"), "new"),
        Query(total("enrichments_total", where='outcome="completed"'), "enriched"),
        Query(total("leads_delivered_total", where='status=~"delivered|partial"'), "delivered"),
        Query(total("billing_events_total"), "uploaded"),
        empty=QUIET,
    ),
    bars(
        "Left behind, and why",
        "What did not come through a stage. Known companies and cold leads are no fault; what"
        " waits goes out by itself once it"
        " can, and then counts as uploaded, too.",
        Query(some(total("leads_known_total")), "found: known already"),
        Query(some(total("leads_rejected_total", "reason")), "found: rejected, {{reason}}"),
        Query(some(total("enrichments_skipped_total", "reason")), "not enriched: {{reason}}"),
        Query(some(total("enrichments_total", where='outcome="failed"')), "not enriched: failed"),
        Query(
            some(total("leads_delivered_total", "status", where='status=~"no_channel|failed"')),
            "not delivered: {{status}}",
        ),
        Query(some(total("leads_scored_total", where='score="cold"')), "not for upload: cold"),
        Query(
            some(total("platform_uploads_total", "outcome", where='outcome!~"created|updated"')),
            "not uploaded: {{outcome}}",
        ),
        empty="Nothing was left behind in this range",
    ),
    graph(
        "Through the stages",
        "Leads in a second at each stage.",
        Query(pace("companies_found_total"), "found"),
        Query(pace("enrichments_total", where='outcome="completed"'), "enriched"),
        Query(pace("leads_delivered_total", where='status=~"delivered|partial"'), "delivered"),
        Query(pace("billing_events_total"), "uploaded"),
        empty=QUIET,
        span=24,
    ),
)

GENERATION = (
    per_day(
        "Total leads created per day",
        "New leads of the 24 hours before each midnight UTC.",
        Query(each_day("leads_created_total"), "leads created"),
        empty="No service reports leads: is discovery scraped?",
    ),
    figure(
        "Leads per query",
        "New leads that one run of a query brought: the mean, and the median. A run asks for at most 50.",
        Query(mean("leads_per_query"), "mean"),
        Query(quantile(0.5, "leads_per_query"), "median"),
        empty="No query has run in this range",
        decimals=1,
        span=6,
        height=8,
    ),
    bars(
        "Companies rejected",
        "Why companies that were found did not become leads.",
        Query(some(total("leads_rejected_total", "reason")), "{{reason}}"),
        empty="No company was rejected in this range",
        span=6,
    ),
)

SCORING: tuple[Panel, ...] = (
    *(
        figure(
            f"{score.capitalize()} lead percentage",
            f"The {score} ones of the leads scored in this range.",
            Query(_score(score)),
            empty="No lead was scored in this range",
            unit="percentunit",
            decimals=1,
            span=4,
            height=8,
        )
        for score in ("hot", "warm", "cold")
    ),
    per_day(
        "Scores per day",
        "Leads scored in the 24 hours before each midnight UTC.",
        Query(each_day("leads_scored_total", "score"), "{{score}}"),
        empty="No lead was ever scored: is discovery scraped?",
    ),
)

ENRICHMENT = (
    figure(
        "Enrichment success rate",
        "Enrichments that were completed, of those completed or failed. Leads that are skipped,"
        " because their company can't be"
        " asked about, are neither.",
        Query(
            share(
                total("enrichments_total", where='outcome="completed"'),
                total("enrichments_total", where='outcome=~"completed|failed"'),
            )
        ),
        empty="No enrichment has ended in this range",
        unit="percentunit",
        levels=MOSTLY,
        decimals=1,
    ),
    figure(
        "Average enrichment time",
        "The mean time of one attempt that completed, calls to the provider included; without the time in the queue.",
        Query(mean("enrichment_duration_seconds")),
        empty="No enrichment was completed in this range",
        unit="s",
    ),
    figure(
        "Contacts found per lead",
        "The mean over completed enrichments. At most 5 are asked for.",
        Query(mean("contacts_found")),
        empty="No enrichment was completed in this range",
        decimals=1,
    ),
    graph(
        "Enrichments",
        "How they ended, in a second.",
        Query(pace("enrichments_total", "outcome"), "{{outcome}}"),
        empty="No service reports enrichments: is enrichment scraped?",
        stacked=True,
        height=5,
    ),
)

AGE = (
    bars(
        "Lead age by stage",
        "Time since a lead was discovered when the stage is done with it: half of the leads are"
        " younger, and 95 of a hundred.",
        Query(quantile(0.5, "lead_age_seconds", "stage"), "{{stage}}, median"),
        Query(quantile(0.95, "lead_age_seconds", "stage"), "{{stage}}, 95 %"),
        empty="No lead went through a stage in this range",
        unit="s",
        decimals=1,
    ),
    graph(
        "Lead age by stage over time",
        "95 of a hundred leads were younger when the stage was done with them.",
        Query(quantile(0.95, "lead_age_seconds", "stage", window=NOW), "{{stage}}"),
        empty="No lead went through a stage in this range",
        unit="s",
    ),
    figure(
        "Delivered within 5 minutes",
        "Leads that somebody was told of within 5 minutes of their discovery, of all leads told of.",
        Query(
            share(
                total("lead_age_seconds_bucket", where=f'stage="delivered",{FIVE_MINUTES}'),
                total("lead_age_seconds_count", where='stage="delivered"'),
            )
        ),
        empty="Nobody was told of a lead in this range",
        unit="percentunit",
        levels=MOSTLY,
        decimals=1,
        span=24,
        height=4,
    ),
)

BOARD = Board(
    uid="leadstream-overview",
    title="Overview",
    about="Is it well, and what has the night brought.",
    rows=[
        ("Now", NOW_PANELS),
        ("Funnel", FUNNEL),
        ("Lead generation", GENERATION),
        ("Intent scoring", SCORING),
        ("Enrichment", ENRICHMENT),
        ("Lead age", AGE),
    ],
)
