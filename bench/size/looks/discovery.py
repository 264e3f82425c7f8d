"""What discovery has of its own."""

from typing import Any

from bench.size.looks.look import PAGE, Args, Kind, Look, World
from bench.size.looks.make import (
    erased,
    first_page,
    kept,
    look_at,
    removal,
    shown,
    walking,
)
from leadstream.erasure.searches import SIZE
from leadstream.erasure.sweeps import BATCH

_REPORTS = "discovery.reports"


def discovery_looks() -> list[Look]:
    return [
        look_at("discovery", "overdue.sql:overdue_leads", Kind.TIMER, lambda w: (w.ago(),)),
        look_at("discovery", "counts.sql:add_up_counts", Kind.TIMER, lambda w: (5000,)),
        *_lead_lists(),
        *_catalogue_lists(),
        *_nights(),
        *_reports(),
        look_at(
            "discovery",
            "trends.sql:topic_volumes",
            Kind.JOB,
            lambda w: (w.ago(days=8), w.ago(days=1)),
        ),
        look_at("discovery", "leads.sql:get_history", Kind.LIST, lambda w: (w.lead,)),
        *kept(
            "discovery",
            "delete_uploaded_leads",
            "delete_runs",
            "delete_imports",
            "delete_open_imports",
            "delete_arrivals",
            "delete_requests",
        ),
        look_at(
            "discovery",
            "push_sources.sql:list_sources",
            Kind.LIST,
            lambda w: (None, PAGE, None, None),
        ),
        look_at(
            "discovery", "imports.sql:list_imports", Kind.LIST, lambda w: (w.big, PAGE, None, None)
        ),
        *removal("discovery", batches=("remove_leads",), pages=("remove_query_runs",)),
        *walking("discovery", "delete_leads"),
        look_at(
            "discovery", "erasure.sql:last_lead", Kind.CHANGE, lambda w: (w.id(4, 1), BATCH - 1)
        ),
        look_at(
            "discovery",
            "erasure.sql:find_leads_with",
            Kind.CHANGE,
            lambda w: (w.person, None, *w.part(4, w.scale.leads)),
        ),
        look_at(
            "discovery",
            "erasure.sql:addresses_in_leads",
            Kind.CHANGE,
            lambda w: w.part(4, w.scale.leads, SIZE),
        ),
        look_at(
            "discovery",
            "erasure.sql:erase_from_errors",
            Kind.CHANGE,
            lambda w: (*erased(w), *w.part(4, w.scale.leads)),
        ),
        look_at(
            "discovery",
            "erasure.sql:erase_from_history",
            Kind.CHANGE,
            lambda w: (*erased(w), *w.part(4, w.scale.leads)),
        ),
        *shown(
            "discovery",
            4,
            lambda w: (w.scale.leads,),
            "show_contacts",
            "show_errors",
            "show_history",
        ),
    ]


def _lead_lists() -> list[Look]:
    filters: dict[str, Args] = {
        "all": lambda w: (None,) * 9,
        "big workspace": lambda w: (w.big, *(None,) * 8),
        "query": lambda w: (None, w.id(10, 7), *(None,) * 7),
        "big workspace, hot": lambda w: (w.big, None, "hot", *(None,) * 6),
        "hot": lambda w: (None, None, "hot", *(None,) * 6),
        "enrichment failed": lambda w: (None, None, None, "failed", *(None,) * 5),
        "big workspace, enrichment skipped: none": lambda w: (
            w.big,
            None,
            None,
            "skipped",
            *(None,) * 5,
        ),
        "delivery failed": lambda w: (*(None,) * 4, "failed", *(None,) * 4),
        "big workspace, delivery failed": lambda w: (w.big, *(None,) * 3, "failed", *(None,) * 4),
        "big workspace, delivery pending: none": lambda w: (
            w.big,
            *(None,) * 3,
            "pending",
            *(None,) * 4,
        ),
        "not uploaded, hot": lambda w: (None, None, "hot", None, None, False, *(None,) * 3),
        "small workspace, not uploaded, hot": lambda w: (
            w.small,
            None,
            "hot",
            None,
            None,
            False,
            *(None,) * 3,
        ),
        "unknown platform": lambda w: (*(None,) * 6, "no-platform", None, None),
        "domain": lambda w: (*(None,) * 7, "company70.example", None),
        "since, delivery failed": lambda w: (
            *(None,) * 4,
            "failed",
            None,
            None,
            None,
            w.ago(days=30),
        ),
    }
    listed = [
        look_at("discovery", "leads.sql:list_leads", Kind.LIST, _listed(args), asked)
        for asked, args in filters.items()
    ]
    return [*listed, *_searches()]


def _listed(filters: Args, *more: object) -> Args:
    """The first page. `more`: name, domain's pattern, id, stage, reason; of any channel."""
    return lambda w: (*first_page(filters)(w), None, *(more or (None,) * 5), None)


def _searches() -> list[Look]:
    def everything(world: World) -> tuple[Any, ...]:
        return (None,) * 9

    def big(world: World) -> tuple[Any, ...]:
        return (world.big, *(None,) * 8)

    def small(world: World) -> tuple[Any, ...]:
        return (world.small, *(None,) * 8)

    def search(asked: str, filters: Args, *more: object) -> Look:
        return look_at(
            "discovery", "leads.sql:list_leads", Kind.LIST, _listed(filters, *more), asked
        )

    def name(text: str) -> tuple[object, ...]:
        return (text, f"{text}%", None, None, None)

    def stage(text: str) -> tuple[object, ...]:
        return (None, None, None, text, None)

    def reason(text: str) -> tuple[object, ...]:
        return (None, None, None, None, text)

    return [
        search("name: one", everything, *name("company 4242")),
        search("name: all", everything, *name("comp")),
        search("name: none", everything, *name("zzz")),
        search("big workspace, name: some", big, *name("company 424")),
        search("small workspace, name: none", small, *name("zzz")),
        search("domain", everything, *name("company4242.ex")),
        search("stage: failed", everything, *stage("failed")),
        search("stage: uploaded", everything, *stage("uploaded")),
        search("stage: skipped: none", everything, *stage("skipped")),
        search("small workspace, stage: failed", small, *stage("failed")),
        search("reason: all there are", everything, *reason("other")),
        search("reason: none has it", big, *reason("missing_domain")),
        search("three filters", big, "comp", "comp%", None, "failed", "other"),
        look_at(
            "discovery",
            "leads.sql:list_leads",
            Kind.LIST,
            lambda w: (*first_page(everything)(w), w.id(12, 7), *(None,) * 6),
            "a night",
        ),
        look_at(
            "discovery",
            "leads.sql:list_leads",
            Kind.LIST,
            lambda w: (*first_page(everything)(w), w.id(12, 7), *(None,) * 5, "slack"),
            "a night, told by Slack",
        ),
    ]


_OF_A_NIGHT = (
    "count_runs",
    "count_rejections",
    "count_risen",
    "count_leads",
    "count_messages",
    "count_accepted",
    "span_of_leads",
)


def _nights() -> list[Look]:
    def night(name: str) -> Look:
        return look_at("discovery", f"nights.sql:{name}", Kind.LIST, lambda w: (w.id(12, 7), None))

    nothing = (None, None)
    return [
        look_at("discovery", "nights.sql:list_ticks", Kind.LIST, lambda w: (None, PAGE, *nothing)),
        look_at(
            "discovery",
            "nights.sql:list_ticks",
            Kind.LIST,
            lambda w: (w.small, PAGE, *nothing),
            "small workspace",
        ),
        look_at(
            "discovery",
            "nights.sql:runs_of_ticks",
            Kind.LIST,
            lambda w: ([w.id(12, n) for n in range(PAGE)], None, 20),
        ),
        *(night(name) for name in _OF_A_NIGHT),
    ]


def _catalogue_lists() -> list[Look]:
    nothing = (None, None)
    return [
        look_at(
            "discovery",
            "catalogue.sql:list_workspaces",
            Kind.LIST,
            lambda w: (*nothing, PAGE, None),
        ),
        look_at(
            "discovery", "catalogue.sql:list_topics", Kind.LIST, lambda w: (w.big, None, PAGE, None)
        ),
        look_at(
            "discovery",
            "catalogue.sql:list_queries",
            Kind.LIST,
            lambda w: (w.big, None, None, PAGE, *nothing),
        ),
        look_at(
            "discovery", "runs.sql:list_runs", Kind.LIST, lambda w: (w.id(10, 7), PAGE, *nothing)
        ),
        look_at(
            "discovery",
            "trends.sql:list_trends",
            Kind.LIST,
            lambda w: (w.big, None, None, None, PAGE, *nothing),
        ),
    ]


def _reports() -> list[Look]:
    def report(asked: str, text: str, args: Args) -> Look:
        return Look(
            service="discovery",
            name=f"{_REPORTS}:{asked}",
            kind=Kind.REPORT,
            args=args,
            own_text=text,
        )

    return [
        report(
            "lead_intent_breakdown, one workspace",
            "SELECT * FROM lead_intent_breakdown WHERE workspace_id = $1",
            lambda w: (w.big,),
        ),
        report("lead_intent_breakdown, all", "SELECT * FROM lead_intent_breakdown", lambda w: ()),
        report(
            "get_platform_upload_stats",
            "SELECT * FROM get_platform_upload_stats($1)",
            lambda w: (w.big,),
        ),
        report(
            "get_leads_by_intent_score, 1,000 of them",
            "SELECT * FROM get_leads_by_intent_score($1, 'hot') LIMIT 1000",
            lambda w: (w.big,),
        ),
        report(
            "get_leads_ready_for_upload",
            "SELECT * FROM get_leads_ready_for_upload($1) LIMIT 1000",
            lambda w: (w.big,),
        ),
    ]
