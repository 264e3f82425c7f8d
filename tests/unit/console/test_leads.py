"""Leads as a list and as a file, and whatever a company may be called."""

import csv
import io
import re
from typing import Any

import httpx
import orjson
import pytest

from console.domain.reasons import reason
from leadstream.api.paging import decode_cursor
from support.console import WORKSPACE, Called, Console, FakeServices, refused
from support.leads import LEAD, a_lead, a_page, a_story, tell
from support.vectors import vectors

HEAD = "id,company,created_at\r\n"


@pytest.fixture
def told(services: FakeServices) -> FakeServices:
    tell(services)
    services.on("discovery", "GET", "leads", a_page(a_lead()))
    return services


async def test_leads_are_listed_with_what_became_of_them(
    console: Console, told: FakeServices
) -> None:
    told.on("discovery", "GET", "leads", a_page(a_lead(reason="missing_domain"), next="after"))

    page = await (await console.logged_in("viewer")).get("/leads?score=hot")

    [row] = page.html.main.one("table").rows[1:]
    assert row[:4] == ["Acme Corp", "acme.com", "hot", "uploaded"]
    assert row[5] == "acme-growth"
    assert page.html.links["Acme Corp"] == f"/leads/{LEAD}"
    assert page.html.links["missing_domain"] == "/leads?score=hot&reason=missing_domain"
    assert page.html.links["Older"] == "/leads?score=hot&cursor=after"


FILTER = {
    "q": "acme",
    "score": "hot",
    "stage": "uploaded",
    "enrichment_status": "completed",
    "delivery_status": "partial",
    "platform_uploaded": "true",
    "platform_name": "tech-platform",
    "workspace_id": WORKSPACE,
    "query_id": LEAD,
    "tick_id": LEAD,
    "reason": "delivery:email",
    "since": "2026-11-28T00:00:00Z",
}


async def test_every_filter_goes_to_the_service_and_stays_in_the_form_and_in_the_file(
    console: Console, told: FakeServices
) -> None:
    browser = await console.logged_in("viewer")

    page = await browser.get(str(httpx.URL("/leads", params=FILTER)))

    [call] = told.called("GET", "leads")
    assert {name: call.params[name] for name in FILTER} == FILTER
    form = page.html.main.one("form", class_="filter")
    assert {name: form.fields[name] for name in FILTER} == FILTER
    file = httpx.URL(page.html.links["CSV of all that match"])
    assert (file.path, dict(file.params)) == ("/leads.csv", FILTER)


async def test_a_day_is_meant_from_its_beginning(console: Console, told: FakeServices) -> None:
    await (await console.logged_in("viewer")).get("/leads?since=2026-11-28")

    assert told.called("GET", "leads")[0].params["since"] == "2026-11-28T00:00:00Z"


@pytest.mark.parametrize("pasted", [LEAD, f" {LEAD} ", LEAD.upper(), LEAD.replace("-", "")])
async def test_a_whole_id_leads_to_its_story(
    console: Console, told: FakeServices, pasted: str
) -> None:
    page = await (await console.logged_in("viewer")).get(f"/leads?q={pasted}")

    assert (page.status, page.to) == (303, f"/leads/{LEAD}")
    assert told.called("GET", "leads") == []


@pytest.mark.parametrize("typed", ["acme", LEAD[:30], f"{LEAD} x", "0190c0de"])
async def test_whatever_is_no_whole_id_is_looked_for(
    console: Console, told: FakeServices, typed: str
) -> None:
    await (await console.logged_in("viewer")).get(f"/leads?q={typed}")

    assert told.called("GET", "leads")[0].params["q"] == typed


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("", "leadstream trigger"), ("?q=", "leadstream trigger"), ("?q=zzz", "No lead matches")],
)
async def test_an_empty_list_says_what_would_be_there(
    console: Console, told: FakeServices, asked: str, wanted: str
) -> None:
    told.on("discovery", "GET", "leads", a_page())

    page = await (await console.logged_in("viewer")).get(f"/leads{asked}")

    assert wanted in page.html.main.text


async def test_who_has_one_workspace_is_not_asked_for_it(
    console: Console, told: FakeServices
) -> None:
    page = await (await console.logged_in("tenant")).get("/leads")

    assert "workspace_id" not in page.html.main.one("form", class_="filter").fields


async def test_a_filter_that_makes_no_sense_is_said_by_the_service(
    console: Console, told: FakeServices
) -> None:
    told.on("discovery", "GET", "leads*", refused(422, "expected hot", field="score"))
    browser = await console.logged_in("viewer")

    for path in ("/leads?score=tepid", "/leads.csv?score=tepid"):
        page = await browser.get(path)
        assert page.status == 422
        assert "expected hot" in page.html.main.text


async def test_the_file_is_what_discovery_gives_out_under_a_name_of_ascii(
    console: Console, told: FakeServices
) -> None:
    text = HEAD + f'{LEAD},"Acme, ""Ltd""\r\nGmbH",2026-11-29T02:00:00+00:00\r\n'
    told.on("discovery", "GET", "leads.csv", _csv(text))

    page = await (await console.logged_in("viewer")).get("/leads.csv?q=Søn%22%0d%0a")

    assert page.answer.content == text.encode()
    assert re.fullmatch(
        r'attachment; filename="leads-\d{8}-\d{4}\.csv"', page.headers["content-disposition"]
    )
    assert page.headers["content-type"] == "text/csv; charset=utf-8"


async def test_a_long_file_is_asked_for_in_parts_and_has_one_head(
    console: Console, told: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        [f"0190c0de-0000-7000-8000-{n:012}", f"Line\r\n{n}", f"2026-11-29T02:00:0{n}+00:00"]
        for n in range(5)
    ]
    asked = parts_of(rows)
    told.on("discovery", "GET", "leads.csv", asked)
    monkeypatch.setattr("console.entrypoints.lead_file.lead_file.__kwdefaults__", {"rows": 2})

    page = await (await console.logged_in("viewer")).get("/leads.csv")

    found = list(csv.reader(io.StringIO(page.answer.text, newline="")))
    assert found == [HEAD.strip().split(","), *rows]
    assert len(told.called("GET", "leads.csv")) == 3


def parts_of(rows: list[list[str]]) -> Any:
    """Two rows at a time, after the row that the cursor names."""

    def answer(call: Called) -> httpx.Response:
        cursor = call.params.get("cursor")
        after = decode_cursor(cursor, str, str)[1] if cursor else ""
        left = [row for row in rows if row[0] > after][: int(call.params["limit"])]
        text = io.StringIO(newline="")
        csv.writer(text).writerows(left)
        return _csv(HEAD + text.getvalue())

    return answer


async def test_a_file_that_breaks_off_does_not_look_whole(
    console: Console, told: FakeServices
) -> None:
    async def pieces() -> Any:
        yield (HEAD + f"{LEAD},Acme,2026-11-29T02:00:00+00:00\r\n").encode()
        raise httpx.ReadError("gone")

    kind = {"content-type": "text/csv; charset=utf-8"}
    told.on(
        "discovery",
        "GET",
        "leads.csv",
        lambda _: httpx.Response(200, content=pieces(), headers=kind),
    )
    browser = await console.logged_in("viewer")
    transport = httpx.ASGITransport(console.app, client=("192.0.2.7", 40000))
    cookies = browser.client.cookies

    async with httpx.AsyncClient(
        transport=transport, base_url="https://console.test", cookies=cookies
    ) as client:
        with pytest.raises(Exception, match="already started"):
            await client.get("/leads.csv")


@pytest.mark.parametrize("status", [200, 302])
async def test_what_is_no_file_is_given_to_nobody_as_one(
    console: Console, told: FakeServices, status: int
) -> None:
    told.on("discovery", "GET", "leads.csv", httpx.Response(status, html="<h1>nginx</h1>"))

    page = await (await console.logged_in("viewer")).get("/leads.csv")

    assert page.status == 502
    assert "strange answer" in page.html.title
    assert "nginx" not in page.source


def _csv(text: str) -> httpx.Response:
    return httpx.Response(200, content=text.encode(), headers={"content-type": "text/csv"})


NAUGHTY = [
    each for each in orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes()) if each
]


async def test_naughty_names_are_text_in_the_list_and_add_nothing_to_the_page(
    console: Console, told: FakeServices
) -> None:
    browser = await console.logged_in("viewer")
    plain = [a_lead(company_data={"name": f"Acme {n}"}) for n in range(len(NAUGHTY))]
    named = [a_lead(company_data={"name": name}, domain=name, reason=name) for name in NAUGHTY]
    told.on("discovery", "GET", "leads", a_page(*[{**each, "reason": "x"} for each in plain]))
    before = shape(await browser.get("/leads"))
    told.on("discovery", "GET", "leads", a_page(*named))

    page = await browser.get("/leads")

    assert shape(page) == before
    cells = [row.all("td")[0] for row in page.html.main.one("tbody").all("tr")]
    assert [cell.all("a")[0].text for cell in cells] == [read(name) for name in NAUGHTY]


def shape(page: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The elements of a page with the names of their attributes."""
    return [(each.tag, tuple(each.attributes)) for each in page.html.walk()]


def read(name: str) -> str:
    """As a person reads it; what is only blanks is called by its domain."""
    return " ".join(name.split()) or "".join(name.split())


@pytest.mark.parametrize("name", NAUGHTY[:: max(1, len(NAUGHTY) // 60)])
async def test_a_naughty_name_is_text_in_its_story(
    console: Console, told: FakeServices, name: str
) -> None:
    browser = await console.logged_in("viewer")
    before = shape(await browser.get(f"/leads/{LEAD}"))
    tell(told, a_story(company_data={"name": name}))

    page = await browser.get(f"/leads/{LEAD}")

    assert shape(page) == before


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("none", "nothing has stopped it"),
        ("delivery:email", "telling somebody by e-mail failed"),
        ("platform-upload:PermanentError", "its upload failed: it was refused for good"),
        ("enrichment:timeout", "its enrichment failed: no answer came in time"),
        ("enrichment", "its enrichment failed"),
        ("not_thought_of", "not thought of"),
        ("delivery:carrier_pigeon", "telling somebody failed: carrier pigeon"),
    ],
)
def test_reasons_are_said_in_words(code: str, words: str) -> None:
    assert reason(code) == words
