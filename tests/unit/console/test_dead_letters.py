"""The page of dead letters, before services that answer what a test tells them."""

import re
from typing import Any

import pytest

from support.console import EMPTY, Browser, Called, Console, FakeServices, refused

ID = "lead.enriched:1:42:1700000000000"
PAGE = f"/dead-letters/delivery/{ID}"
SUMMARY = {"items": [], "more": False}
VALUE = '{"lead_id":"7","budget":12345678901234567890.50,"email":"kit@acme.example"}'


def row(**changed: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "topic": "lead.enriched",
        "partition": 1,
        "offset": 42,
        "letters": "lead.enriched.delivery.dlq",
        "reason": "schema_violation",
        "error": "company.name: missing; <img onerror=alert(1)>",
        "created_at": "2026-11-29T02:10:00Z",
        "replayed_at": None,
        **changed,
    }


def some_bytes(text: str, *, raw: bytes | None = None, more: bool = False) -> dict[str, Any]:
    raw = text.encode() if raw is None else raw
    return {"size": len(raw), "text": text, "hex": raw.hex(), "more": more}


def detail(**changed: Any) -> dict[str, Any]:
    return {
        **row(),
        "letters_partition": 0,
        "letters_offset": 9,
        "key": some_bytes("kit@acme.example"),
        "value": some_bytes(VALUE),
        "headers": [
            {"name": "ce_source", "value": some_bytes("/crm/kit@acme.example")},
            {"name": "empty", "value": None},
        ],
        **changed,
    }


def replayed(total: int, **changed: Any) -> dict[str, Any]:
    return {
        "dry_run": False,
        "total": total,
        "missing": 0,
        "more": False,
        "event_id": None,
        **changed,
    }


@pytest.fixture
def letters(services: FakeServices) -> FakeServices:
    """Delivery has one; the others have none."""
    services.on("*", "GET", "dead-letters", EMPTY)
    services.on("*", "GET", "dead-letters/summary", SUMMARY)
    services.on("delivery", "GET", "dead-letters", {"items": [row()], "next": None})
    services.on("delivery", "GET", f"dead-letters/{ID}", detail())
    services.on("delivery", "POST", f"dead-letters/{ID}/show", detail())
    services.on("*", "GET", "audit", EMPTY)
    return services


@pytest.fixture
async def operator(console: Console, letters: FakeServices) -> Browser:
    return await console.logged_in("operator")


async def test_letters_of_all_services_are_one_list_with_what_waits(
    console: Console, letters: FakeServices
) -> None:
    other = row(
        id="scheduler.tick:0:1:5", topic="scheduler.tick", created_at="2026-11-29T03:00:00Z"
    )
    letters.on("discovery", "GET", "dead-letters", {"items": [other], "next": None})
    count = {"topic": "lead.enriched", "reason": "too_large", "count": 7}
    moments = {"oldest": "2026-11-29T02:10:00Z", "newest": "2026-11-29T02:10:00Z"}
    for service, more in (("delivery", False), ("discovery", True)):
        answer = {"items": [{**count, **moments}], "more": more}
        letters.on(service, "GET", "dead-letters/summary", answer)

    page = await (await console.logged_in("viewer")).get("/dead-letters")

    waiting, found = page.html.main.all("table")
    assert waiting.rows[1:] == [["lead.enriched", "too large", "at least 14"]]
    assert [row[1] for row in found.rows[1:]] == ["scheduler.tick 1:42", "lead.enriched 1:42"]
    assert [row[-2] for row in found.rows[1:]] == ["discovery", "delivery"]
    assert found.all("a")[1]["href"] == PAGE
    # Hostile text is text, and a viewer sees no button.
    assert not page.html.all("img")
    assert not page.html.main.all("form", method="post")
    assert not page.html.main.all("input", type="checkbox")


async def test_filters_go_to_every_service_and_what_makes_no_sense_is_said(
    operator: Browser, letters: FakeServices
) -> None:
    await operator.get("/dead-letters?topic=lead.enriched&reason=too_large&replayed=false")
    letters.on("*", "GET", "dead-letters", refused(422, "since: no moment", field="since"))
    wrong = await operator.get("/dead-letters?since=yesterday")

    calls = letters.called("GET", "dead-letters")[:5]
    wanted = {"topic": "lead.enriched", "reason": "too_large", "replayed": "false"}
    assert {call.service for call in calls} == set(letters_of(calls))
    assert all(wanted.items() <= call.params.items() for call in calls)
    assert wrong.status == 422
    assert "since: no moment" in wrong.html.main.text


def letters_of(calls: list[Called]) -> list[str]:
    assert len(calls) == 5
    return ["discovery", "enrichment", "delivery", "platform-upload", "scheduler"]


async def test_a_service_that_is_away_is_a_box(operator: Browser, letters: FakeServices) -> None:
    letters.away = {"enrichment"}

    page = await operator.get("/dead-letters")

    assert page.status == 200
    assert "enrichment" in page.html.one("div", class_="away").text
    assert "lead.enriched 1:42" in page.html.main.text


async def test_to_a_token_of_one_workspace_it_is_said_why_it_sees_none(
    console: Console, letters: FakeServices
) -> None:
    page = await (await console.logged_in("tenant")).get("/dead-letters")

    assert page.status == 200
    assert "belong to no workspace" in page.html.main.text
    assert not letters.called("GET", "dead-letters")


async def test_one_is_masked_until_somebody_says_why(
    operator: Browser, letters: FakeServices
) -> None:
    hidden = await operator.get(PAGE)
    shown = await operator.send(hidden.html.form(f"{PAGE}/show"), reason="acme asked")

    assert "kit@acme.example" not in hidden.source
    assert b"kit@".hex(" ") not in hidden.source
    assert "company.name" in hidden.html.main.one("dl").text
    assert not hidden.html.main.all("textarea")
    assert "kit@acme.example" in shown.html.main.text
    assert b"kit@".hex(" ") in shown.source.replace("\n", " ")
    # Numbers as they came.
    assert "12345678901234567890.50" in shown.html.main.one("textarea").text
    assert letters.called("POST", f"dead-letters/{ID}/show")[0].reason == "acme asked"


@pytest.mark.parametrize(
    "value", ['{"name":"\\ud800"}', "[" * 100_000, '{"a":' * 2_000, "\\ud800", "\x00\x01"]
)
async def test_one_that_holds_what_is_hardly_text_has_a_page(
    operator: Browser, letters: FakeServices, value: str
) -> None:
    hostile = detail(value=some_bytes(value), error=value)
    letters.on("delivery", "GET", f"dead-letters/{ID}", hostile)
    letters.on("delivery", "POST", f"dead-letters/{ID}/show", hostile)

    masked = await operator.get(PAGE)
    shown = await operator.post(f"{PAGE}/show", {"reason": "acme asked"})

    assert (masked.status, shown.status) == (200, 200)


@pytest.mark.parametrize("after", [{"total": 1}, [1], 1, "x", None])
async def test_what_was_done_with_it_may_have_made_no_event(
    operator: Browser, letters: FakeServices, after: Any
) -> None:
    done = {
        "id": "0190c0de-0000-7000-8000-0000000000ab",
        "at": "2026-11-29T02:10:00Z",
        "actor": "kit",
        "action": "dead-letters.replayed",
        "target": f"dead-letter:{ID}",
        "workspace_id": None,
        "reason": "mended",
        "before": None,
        "after": after,
    }
    letters.on("delivery", "GET", "audit", {"items": [done], "next": None})

    page = await operator.get(PAGE)

    assert page.status == 200
    assert "mended" in page.html.main.text


async def test_what_can_not_be_corrected_says_why(operator: Browser, letters: FakeServices) -> None:
    show = f"dead-letters/{ID}/show"
    letters.on("delivery", "POST", show, detail(value=some_bytes("x", more=True)))
    cut = await operator.post(f"{PAGE}/show", {"reason": "x"})
    letters.on("delivery", "POST", show, detail(value=some_bytes("caf\\xe9", raw=b"caf\xe9")))
    not_text = await operator.post(f"{PAGE}/show", {"reason": "x"})
    letters.on("delivery", "POST", show, detail(value=None, key=None))
    tombstone = await operator.post(f"{PAGE}/show", {"reason": "x"})

    assert "too large to be corrected" in cut.html.main.text
    assert not cut.html.main.all("textarea")
    assert "not UTF-8" in not_text.html.main.text
    assert "a tombstone" in tombstone.html.main.text
    assert tombstone.html.main.one("textarea").text == ""


async def test_a_corrected_copy_is_checked_then_sent(
    operator: Browser, letters: FakeServices
) -> None:
    event = "0190c0de-0000-7000-8000-000000000007"

    def answer(call: Called) -> Any:
        return replayed(1, dry_run=call.body["dry_run"], event_id=event)

    letters.on("delivery", "POST", "dead-letters/replay", answer)
    shown = await operator.post(f"{PAGE}/show", {"reason": "x"})
    form = shown.html.form(f"{PAGE}/correct")

    checked = await operator.send(form, value='{"fixed": 1}', reason="a typo", step="check")
    sent = await operator.send(
        checked.html.form(f"{PAGE}/correct"), value='{"fixed": 1}', reason="a typo", step="send"
    )

    assert checked.status == 200
    assert event in checked.html.main.text
    assert checked.html.main.one("textarea").text == '{"fixed": 1}'
    assert sent.to == PAGE
    assert event in (await operator.follow(sent)).html.main.text
    first, second = letters.called("POST", "dead-letters/replay")
    assert first.body == {"ids": [ID], "corrected": {"value": '{"fixed": 1}'}, "dry_run": True}
    assert second.body == {**first.body, "dry_run": False}
    assert second.reason == "a typo"


async def test_a_copy_that_no_consumer_could_use_stays_in_the_form_with_what_is_wrong(
    operator: Browser, letters: FakeServices
) -> None:
    said = "company.name: missing; lead_id: expected a UUID"
    refusal = refused(422, said, code="invalid", field="corrected.value.company.name")
    letters.on("delivery", "POST", "dead-letters/replay", refusal)
    fields = {"value": '{"a": "<b>"}', "key": "k", "reason": "a typo", "step": "send"}

    page = await operator.post(f"{PAGE}/correct", fields)

    assert page.status == 422
    complaint = page.html.main.one("div", id="complaint")
    assert [each.text for each in complaint.all("li")] == [
        "company.name missing",
        "lead_id expected a UUID",
    ]
    form = page.html.form(f"{PAGE}/correct")
    assert {name: form.fields[name] for name in ("value", "key", "reason")} == {
        "value": '{"a": "<b>"}',
        "key": "k",
        "reason": "a typo",
    }


async def test_those_that_are_chosen_are_replayed_each_in_its_service(
    operator: Browser, letters: FakeServices
) -> None:
    letters.on("*", "POST", "dead-letters/replay", lambda call: replayed(len(call.body["ids"])))
    chosen = ["delivery/a:1:1:1", "delivery/a:1:2:1", "discovery/b:1:1:1"]
    fields = [*(("letter", each) for each in chosen), ("reason", "mended")]

    done = await operator.post("/dead-letters/replay", fields)
    there = await operator.follow(done)
    none = await operator.post("/dead-letters/replay", {"reason": "x"})
    strange = await operator.post("/dead-letters/replay", {"letter": "moon/a:1:1:1"})

    assert done.to == "/dead-letters"
    assert "3 letters replayed." in there.html.main.text
    bodies = {call.service: call.body["ids"] for call in letters.called("POST", "*/replay")}
    assert bodies == {"delivery": ["a:1:1:1", "a:1:2:1"], "discovery": ["b:1:1:1"]}
    assert {call.reason for call in letters.called("POST", "*/replay")} == {"mended"}
    assert (none.status, strange.status) == (422, 422)


async def test_a_service_that_fails_does_not_hide_what_others_replayed(
    operator: Browser, letters: FakeServices
) -> None:
    letters.on("*", "POST", "dead-letters/replay", replayed(1))
    letters.on("discovery", "POST", "dead-letters/replay", refused(503, "kafka is away"))
    fields = [("letter", "delivery/a:1:1:1"), ("letter", "discovery/b:1:1:1"), ("reason", "x")]

    page = await operator.post("/dead-letters/replay", fields)

    assert page.status == 502
    assert "1 letter replayed." in page.html.main.text
    assert "discovery 503 kafka is away" in page.html.main.text


async def test_all_that_match_are_counted_first_and_take_the_count_typed(
    operator: Browser, letters: FakeServices
) -> None:
    def answer(call: Called) -> Any:
        return replayed(3 if call.service == "delivery" else 0, dry_run=call.body["dry_run"])

    letters.on("*", "POST", "dead-letters/replay", answer)

    plan = await operator.get("/dead-letters/replay?topic=lead.enriched&reason=too_large")
    form = plan.html.form("/dead-letters/replay/all")
    wrong = await operator.send(form, reason="mended", count="2")
    only_looked = [call.body["dry_run"] for call in letters.called("POST", "dead-letters/replay")]
    done = await operator.send(form, reason="mended", count="3")

    assert "Replay 3 letters" in plan.html.main.text
    assert wrong.status == 422
    assert "You typed 2, and now it is 3. Nothing was replayed." in wrong.html.main.text
    assert all(only_looked)
    assert done.to == "/dead-letters?topic=lead.enriched&reason=too_large"
    last = letters.called("POST", "dead-letters/replay")[-5:]
    assert {call.service for call in last} == set(letters_of(last))
    # What was replayed before is left out.
    matching = {"replayed": "false", "topic": "lead.enriched", "reason": "too_large"}
    body = {"filter": matching, "dry_run": False}
    assert all((call.body, call.reason) == (body, "mended") for call in last)


async def test_one_is_replayed_as_it_is(operator: Browser, letters: FakeServices) -> None:
    letters.on("delivery", "POST", "dead-letters/replay", replayed(1))
    page = await operator.get(PAGE)

    form = page.html.form(f"{PAGE}/replay")

    done = await operator.follow(await operator.send(form, reason="mended"))
    letters.on("delivery", "POST", "dead-letters/replay", replayed(0, missing=1))
    gone = await operator.follow(await operator.send(form, reason="mended"))

    assert "Replayed. If its cause" in done.html.main.text
    assert "nothing was replayed" in gone.html.main.text


async def test_a_plan_that_the_token_may_not_make_is_one_refusal(
    console: Console, letters: FakeServices
) -> None:
    letters.on("*", "POST", "dead-letters/replay", refused(403, "operators only"))

    page = await (await console.logged_in("viewer")).get("/dead-letters/replay")

    assert page.status == 403
    assert "higher role" in page.html.main.text


@pytest.mark.parametrize(
    "path", ["/dead-letters/moon/a:1:1:1", "/dead-letters/delivery/x", f"{PAGE}/nothing"]
)
async def test_what_is_no_letter_is_404(operator: Browser, path: str) -> None:
    assert (await operator.get(path)).status == 404


@pytest.mark.parametrize("after", [None, {"ids": [ID]}, {"bytes": 9, "event_id": "e-1"}])
async def test_whatever_was_done_with_a_letter_its_page_says_so(
    operator: Browser, letters: FakeServices, after: dict[str, Any] | None
) -> None:
    done = {
        "id": "0190c0de-0000-7000-8000-000000000009",
        "at": "2026-11-29T03:00:00Z",
        "actor": "oscar",
        "action": "dead-letters.replayed",
        "target": f"dead-letter:{ID}",
        "reason": "its cause is mended",
        "before": None,
        "after": after,
        "workspace_id": None,
    }
    letters.on("delivery", "GET", "audit", {"items": [done], "next": None})

    page = await operator.get(PAGE)

    assert page.status == 200
    past = page.html.main.one("div", aria_label="What was done with it").one("table").rows
    assert past[1][1:4] == ["oscar", "dead-letters.replayed", "its cause is mended"]
    assert past[1][4] == ((after or {}).get("event_id") or "–")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", ["DISCOVERY", "ENRICHMENT", "DELIVERY", "PLATFORM_UPLOAD", "SCHEDULER"]),
        ("?service=delivery", ["DELIVERY"]),
    ],
)
@pytest.mark.parametrize("path", ["/dead-letters", "/dead-letters/replay", "/audit"])
async def test_the_curl_of_a_page_asks_whom_the_page_asked(
    operator: Browser, letters: FakeServices, path: str, query: str, asked: list[str]
) -> None:
    letters.on("*", "POST", "dead-letters/replay", replayed(0, dry_run=True))

    page = await operator.get(f"{path}{query}")

    [curl] = [each.text for each in page.html.all("code") if each.text.startswith("curl")]
    assert re.findall(r"\$(\w+)_URL", curl) == asked
