"""What is to be done, what is held, and how attempts end."""

from boards.frame import Board, Variable
from boards.panels import NONE_IS_GOOD, Levels, Query, bars, figure, graph
from boards.promql import NOW, latest, latest_sum, or_zero, pace, quantile, share, total

CHOSEN = 'service=~"$service",kind=~"$kind"'
NO_JOBS = "No service reports its jobs"
QUIET = "No job was attempted in this range"


def _in_state(state: str) -> str:
    return latest_sum("jobs", "kind", "state", where=f'{CHOSEN},state="{state}"')


STANDING = (
    figure(
        "Ready",
        "Jobs that are due or wait for their time; those of a paused scope are among them.",
        Query(_in_state("ready")),
        empty=NO_JOBS,
    ),
    figure(
        "Running", "Jobs that a worker has claimed.", Query(_in_state("running")), empty=NO_JOBS
    ),
    figure(
        "Failed",
        "Jobs that have used up their attempts: `leadstream jobs list --state failed`.",
        Query(_in_state("failed")),
        empty=NO_JOBS,
        levels=NONE_IS_GOOD,
    ),
    figure(
        "Oldest ready job",
        "How long the job that has waited longest has been due.",
        Query(f"max(leadstream_job_oldest_ready_seconds{{{CHOSEN}}})"),
        empty=NO_JOBS,
        unit="s",
        levels=Levels(300, 1800),
    ),
    figure(
        "Pauses in force",
        "Anything that is held back, by people or by a provider's own wish: `leadstream pauses list`.",
        Query(or_zero(latest_sum("pauses", "scope_kind", where='service=~"$service"'))),
        empty=NO_JOBS,
        levels=NONE_IS_GOOD,
    ),
    figure(
        "Leases that ran out",
        "Jobs taken back from workers that died, in this range. Their effect may have happened already.",
        Query(total("job_leases_expired_total", where=CHOSEN)),
        empty=NO_JOBS,
        levels=NONE_IS_GOOD,
        decimals=0,
    ),
)

QUEUES = (
    graph(
        "Ready jobs",
        "By kind.",
        Query(latest("jobs", "kind", where=f'{CHOSEN},state="ready"'), "{{kind}}"),
        empty=NO_JOBS,
        stacked=True,
    ),
    graph(
        "Running jobs",
        "By kind.",
        Query(latest("jobs", "kind", where=f'{CHOSEN},state="running"'), "{{kind}}"),
        empty=NO_JOBS,
        stacked=True,
    ),
    graph(
        "Age of the oldest ready job",
        "By kind. It grows while a kind is paused, and while there is more to do than can be done.",
        Query(latest("job_oldest_ready_seconds", "kind", where=CHOSEN), "{{kind}}"),
        empty=NO_JOBS,
        unit="s",
    ),
    graph(
        "Failed jobs",
        "By kind.",
        Query(latest("jobs", "kind", where=f'{CHOSEN},state="failed"'), "{{kind}}"),
        empty=NO_JOBS,
        stacked=True,
    ),
    graph(
        "Pauses in force",
        "By what is held.",
        Query(
            latest_sum("pauses", "scope_kind", by=("scope_kind",), where='service=~"$service"'),
            "{{scope_kind}}",
        ),
        empty="Nothing was held back in this range",
        stacked=True,
        span=24,
        height=6,
    ),
)

ATTEMPTS = (
    graph(
        "Attempts by kind",
        "In a second.",
        Query(pace("job_attempts_total", "kind", where=CHOSEN), "{{kind}}"),
        empty=NO_JOBS,
        unit="ops",
        stacked=True,
    ),
    graph(
        "Attempts by outcome",
        "In a second. `held` met a pause and burnt no attempt; `unknown` may have had its effect;"
        " `passed` had its answer, and another kind goes on with the job.",
        Query(pace("job_attempts_total", "outcome", where=CHOSEN), "{{outcome}}"),
        empty=NO_JOBS,
        unit="ops",
        stacked=True,
    ),
    bars(
        "Attempts that did not succeed",
        "Of all attempts of this range, by kind. What was passed on to another kind did.",
        Query(
            share(
                total("job_attempts_total", "kind", where=f'{CHOSEN},outcome!~"succeeded|passed"'),
                total("job_attempts_total", "kind", where=CHOSEN),
            ),
            "{{kind}}",
        ),
        empty=QUIET,
        unit="percentunit",
        decimals=1,
        levels=Levels(0.05, 0.25),
    ),
    bars(
        "Time of one attempt",
        "Half of the attempts of this range, and 95 of a hundred, took less.",
        Query(quantile(0.5, "job_duration_seconds", "kind", where=CHOSEN), "{{kind}}, median"),
        Query(quantile(0.95, "job_duration_seconds", "kind", where=CHOSEN), "{{kind}}, 95 %"),
        empty=QUIET,
        unit="s",
        decimals=None,
    ),
    graph(
        "Time of one attempt over time",
        "95 of a hundred attempts took less.",
        Query(quantile(0.95, "job_duration_seconds", "kind", where=CHOSEN, window=NOW), "{{kind}}"),
        empty=QUIET,
        unit="s",
        span=24,
    ),
)

BOARD = Board(
    uid="leadstream-jobs",
    title="Jobs and queues",
    about="What is to be done, what is held, and how attempts end.",
    variables=[Variable("service", "leadstream_jobs"), Variable("kind", "leadstream_jobs")],
    rows=[("Now", STANDING), ("Queues", QUEUES), ("Attempts", ATTEMPTS)],
)
