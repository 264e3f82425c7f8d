"""One trace from the tick to the upload, through five processes, as a collector receives it."""

from functools import partial
from uuid import UUID, uuid4

from leadstream.ids import derived_id, workspace_id
from support.collector import Seen
from support.pipeline import EQUIPPED, Pipeline
from support.waiting import eventually

# (service, span) from the root down.
WAY = [
    ("scheduler", "tick daily-lead-generation"),
    ("scheduler", "send scheduler.tick"),
    ("discovery", "process scheduler.tick"),
    ("discovery", "attempt run-query"),
    ("discovery", "send lead.discovered"),
    ("enrichment", "process lead.discovered"),
    ("enrichment", "attempt enrich-lead"),
    ("enrichment", "send lead.enriched"),
    ("delivery", "process lead.enriched"),
    ("delivery", "send lead.upload"),
    ("platform-upload", "process lead.upload"),
    ("platform-upload", "attempt upload-lead"),
    ("platform-upload", "send lead.uploaded"),
    ("discovery", "process lead.uploaded"),
]
SIDE_WAYS = {
    "attempt deliver-email",
    "attempt deliver-slack",
    "attempt deliver-webhook",
    "send lead.delivered",
    "process lead.delivered",
    "GET datashopper search",
    "POST clay enrich",
    "POST resend send",
    "POST slack post",
}


async def test_one_trace_from_tick_to_upload(pipeline: Pipeline) -> None:
    query = await _query(pipeline)
    asked = {"params": {"query_id": str(query)}}

    answer = await pipeline.post("scheduler", "schedules/daily-lead-generation/trigger", asked)

    trace_id = UUID(answer["tick_id"]).hex
    await eventually(
        partial(_is_told, pipeline, trace_id), f"trace {trace_id} does not end", within=30
    )
    spans = pipeline.collector.trace(trace_id)
    by_id = {span.span_id: span for span in spans}
    uploaded = [span for span in spans if span.name == WAY[-1][1]]
    for last in uploaded:
        way = _way_to(last, by_id)
        assert [(span.service, span.name) for span in way] == WAY
        assert [span.began_at for span in way] == sorted(span.began_at for span in way)
        # One lead all the way, from where it is one.
        assert {span.get("leadstream.lead_id") for span in way[5:]} - {None} == {
            last.get("leadstream.lead_id")
        }
    names = {span.name for span in spans}
    assert names >= SIDE_WAYS, f"missing: {SIDE_WAYS - names}"
    assert [s.name for s in spans if not s.parent_id] == [WAY[0][1]]
    # People find it: by the job and in the logs.
    jobs = await pipeline.get("discovery", "jobs", kind="run-query", limit="1")
    [job] = jobs["items"]
    assert (await pipeline.get("discovery", f"jobs/{job['id']}"))["trace_id"] == trace_id
    logs = [file.read_text("utf-8") for file in pipeline.logs("platform-upload")]
    assert any(trace_id in log for log in logs)


async def _query(pipeline: Pipeline) -> UUID:
    slug, name = f"traced-{uuid4().hex[:10]}", "query"
    queries = [{"name": name, "topic": {"name": f"traced {uuid4()}"}}]
    await pipeline.apply_quietly({"slug": slug, **EQUIPPED, "queries": queries})
    return derived_id("query", workspace_id(slug), name)


async def _is_told(pipeline: Pipeline, trace_id: str) -> bool:
    """Every lead's end has been taken in, and the services have sent all of it: no span hangs in the air."""
    spans = pipeline.collector.trace(trace_id)
    ids = {"", *(span.span_id for span in spans)}
    names = [span.name for span in spans]
    found, delivered = names.count("send lead.discovered"), names.count("process lead.delivered")
    asked, uploaded = names.count("send lead.upload"), names.count("process lead.uploaded")
    ended = 0 < found == delivered and 0 < asked == uploaded
    return ended and all(span.parent_id in ids for span in spans)


def _way_to(last: Seen, by_id: dict[str, Seen]) -> list[Seen]:
    way = [last]
    while way[0].parent_id:
        way.insert(0, by_id[way[0].parent_id])
    return way
