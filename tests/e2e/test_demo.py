"""`make demo`: from nothing to leads in CRMs, watched by Prometheus; and a second time the same day nothing twice."""

import asyncio
import hashlib
import json
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from signal import SIGINT
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from leadstream_dev.home import Home
from leadstream_dev.postgres import PostgresServer
from leadstream_dev.sandbox import Ledger
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from scheduler.application.builtin import BUILTIN
from support.panels import BOARDS, Replay, Target, answer, targets_of
from support.pipeline import LEADSTREAM, Ran, run
from support.prometheus import Prometheus, is_installed, ports_of
from support.waiting import eventually

# Queries of (dashboard, panel, legend) that have no answer after a night on which all went well, and why.
EMPTY = {
    (
        "leadstream-jobs",
        "Pauses in force",
        "{{scope_kind}}",
    ): "nothing was held back; the figure of the same name says 0",
    (
        "leadstream-kafka",
        "Dead letters by reason",
        "{{service}}: {{topic}}, {{reason}}",
    ): "no record was set aside; the figure above says 0",
    (
        "leadstream-kafka",
        "Partitions that take nothing",
        "{{service}}: {{topic}}",
    ): "every partition took what it was sent",
    (
        "leadstream-overview",
        "Left behind, and why",
        "not enriched: failed",
    ): "only reasons that occurred have a bar, and no enrichment failed",
    (
        "leadstream-overview",
        "Left behind, and why",
        "not uploaded: {{outcome}}",
    ): "only reasons that occurred have a bar, and every platform accepted every lead",
    (
        "leadstream-scheduler",
        "Lateness",
        "{{schedule}}",
    ): "the demo triggers its tick by hand, and only a scheduled tick can be late",
    (
        "leadstream-scheduler",
        "Mean lateness",
        "{{schedule}}",
    ): "the demo triggers its tick by hand, and only a scheduled tick can be late",
}
CRMS = ("fhir", "hubspot", "marketo", "salesforce", "shopify", "wealthbox")
SOURCES = ("people_data_labs", "clay")
ADAPTERS = (*CRMS, "webhook")
# "The console: http://…", alone in its line: it is there to be copied.
CONSOLE = re.compile(r"^The console: (http://127\.0\.0\.1:\d+)$", re.MULTILINE)
TOKEN = "a-token-of-the-demos-services"
# For a whole demo, where others use the machine, too.
PATIENCE = 280
COLD_UPLOADS = """
SELECT count(*) FROM platform_upload.uploads JOIN enrichment.leads ON leads.id = uploads.lead_id
 WHERE leads.event -> 'intent' ->> 'score' = 'cold'
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Its own, but for Kafka's jars: they are fetched once a machine."""
    home = Home(tmp_path_factory.mktemp("demo"))
    jars = Home.default().kafka_jars
    if jars.exists():
        home.kafka_jars.parent.mkdir(parents=True)
        home.kafka_jars.symlink_to(jars)
    return home


def environment(home: Home) -> dict[str, str]:
    # A database or a broker of the test run's is not what the demo is about.
    own = {"LEADSTREAM_HOME": str(home.path), "DATABASE_URL": "", "KAFKA_BOOTSTRAP_SERVERS": ""}
    return {**own, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}


def tokens() -> dict[str, str]:
    """Services that have tokens; the demo's own commands send the one that is the caller's."""
    known = {"name": "demo", "role": "admin", "sha256": hashlib.sha256(TOKEN.encode()).hexdigest()}
    return {"ADMIN_TOKENS": json.dumps([known]), "LEADSTREAM_TOKEN": TOKEN}


async def nothing(_said: str) -> None: ...


async def stopped_by_ctrl_c(home: Home, look: Callable[[str], Awaitable[None]] = nothing) -> Ran:
    """Run the demo without `--once`; when it says that it is running on, `look`, and interrupt it."""
    process = await asyncio.create_subprocess_exec(
        LEADSTREAM,
        "demo",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment(home)},
    )
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(PATIENCE):
            while b"Running on." not in said and (line := await process.stdout.readline()):
                said += line
            if process.returncode is None:
                await look(said.decode())
                process.send_signal(SIGINT)
            said += await process.stdout.read()
            return Ran(await process.wait(), said.decode(), "")
    except TimeoutError:
        process.kill()
        raise AssertionError(f"the demo has not ended:\n{said.decode()}") from None


async def put_off(home: Home) -> None:
    """Move what the scheduler does by itself half a day away, as soon as it can be asked to.

    The demo runs its night by hand. At two o'clock there would be another one beside it.
    """
    cron = f"0 {(datetime.now(UTC).hour + 12) % 24} * * *"

    async def is_put_off() -> bool:
        url = f"http://127.0.0.1:{ports_of(home).get('scheduler', 0)}/api/admin/schedules/"
        async with httpx.AsyncClient(
            base_url=url, verify=WITHOUT_AUTHORITIES, trust_env=False, timeout=20
        ) as client:
            try:
                answers = [await client.put(name, json={"cron": cron}) for name in BUILTIN]
            except httpx.TransportError:
                return False
        return all(answer.is_success for answer in answers)

    await eventually(is_put_off, "the schedules can't be changed", within=250)


async def page_of_the_console(said: str) -> httpx.Response:
    (url, *_) = CONSOLE.findall(said)
    async with httpx.AsyncClient(
        base_url=url, verify=WITHOUT_AUTHORITIES, trust_env=False, timeout=20
    ) as client:
        return await client.get("/audit")


class Night:
    """The demo's first run: what it said, and when Prometheus saw it, if there is one."""

    def __init__(self, home: Home, prometheus: Prometheus | None) -> None:
        self._home = home
        self.prometheus = prometheus
        self.replay: Replay | None = None
        self.told: dict[str, int] = {}
        # What the console answered while the demo ran on.
        self.page: httpx.Response | None = None
        self.calls: Counter[str] = Counter()

    async def run(self) -> Ran:
        started, prometheus = time.time(), self.prometheus
        beside = [asyncio.create_task(put_off(self._home))]
        if prometheus is not None:
            beside.append(asyncio.create_task(prometheus.watch(self._home)))

        async def look(said: str) -> None:
            await asyncio.gather(*beside)
            self.page = await page_of_the_console(said)
            if prometheus is not None:
                self.replay = Replay(started, await prometheus.catch_up())

        try:
            return await stopped_by_ctrl_c(self._home, look)
        finally:
            for each in beside:
                each.cancel()

    async def answer(self, target: Target) -> dict[str, float]:
        if self.prometheus is None:
            pytest.skip("Prometheus is not installed (Debian: apt-get install prometheus)")
        if self.replay is None:
            pytest.skip("looks at what the demo's test above has left in Prometheus")
        return await answer(self.prometheus, target, self.replay)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def night(home: Home, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    if not is_installed():
        yield Night(home, None)
        return
    async with Prometheus(tmp_path_factory.mktemp("prometheus") / "home") as prometheus:
        yield Night(home, prometheus)


@asynccontextmanager
async def database(home: Home) -> AsyncIterator[Any]:
    """What the demo left behind, which it has stopped."""
    async with PostgresServer(data_dir=home.postgres_data, home=home) as server:
        connection = await asyncpg.connect(server.url)
        try:
            yield connection
        finally:
            await connection.close()


def figures(output: str) -> dict[str, int]:
    """`84 hot   114 warm` as {"hot": 84, "warm": 114}; the first of each name."""
    found: dict[str, int] = {}
    for count, name in re.findall(r"(\d+) (in all|billing events|[a-zA-Z][\w-]*)", output):
        found.setdefault(name, int(count))
    return found


def effects(ledger: Ledger) -> dict[str, int]:
    """What the providers did, as the sandbox saw it."""
    return {
        "e-mails": sum(map(len, ledger.emails().values())),
        "Slack": sum(map(len, ledger.slack_messages().values())),
        **{name: len(ledger.crm_records(name)) for name in CRMS},
        "webhooks": len(ledger.webhook_bodies()),
        **{f"paid at {name}": int(sum(ledger.credits(name).values())) for name in SOURCES},
    }


def messages(ledger: Ledger) -> list[tuple[str, str]]:
    """What people were told of a lead by e-mail and in Slack: (lead id, all of it)."""
    emails = [(effect["lead_id"], entry.body) for entry, effect in ledger.effects("email")]
    posts = [
        (lead_id, entry.body)
        for (_, lead_id), entries in ledger.slack_messages().items()
        for entry in entries
    ]
    return [(str(lead_id), json.dumps(body)) for lead_id, body in (*emails, *posts) if lead_id]


@pytest.mark.timeout(400)
async def test_the_demo_runs_from_nothing_and_its_figures_are_true(
    home: Home, night: Night
) -> None:
    ran = await night.run()

    assert ran.code == 0, ran.output
    assert ran.stdout.endswith("Stopped.\n")
    assert not list(home.run.glob("*.json")), "something is left running"
    told, ledger = figures(ran.stdout), Ledger(home.sandbox / "ledger.jsonl")
    night.told = told
    night.calls = Counter(entry.provider for entry in ledger.entries())
    assert told["found"] >= 300
    assert told["found"] == told["new"] + told["known"] + told["rejected"]
    assert told["hot"] + told["warm"] + told["cold"] == told["new"]
    assert told["completed"] + told["skipped"] == told["new"]
    # A lead may have been warm for one query, gone out, and be cold by what the next query has heard.
    # And one that rises by what the next query sees goes out again, and is billed once.
    assert told["in all"] >= told["billing events"] >= told["hot"] + told["warm"]
    assert told["e-mails"] == effects(ledger)["e-mails"] > 0
    assert told["Slack"] == effects(ledger)["Slack"] > 0
    for source in SOURCES:
        assert effects(ledger)[f"paid at {source}"] > 0, f"nothing was bought at {source}"
    assert "DIFFERS" not in ran.stdout
    assert ran.stdout.count("agrees") == 15
    # Of each e-mail, and not only the best.
    fates = Counter(ledger.fates().values())
    assert fates.total() == told["e-mails"] + fates["suppressed"]
    bad = [fates[each] for each in ("bounced", "complained", "delayed")]
    assert min(bad) > 0
    assert fates["delivered"] > 5 * sum(bad)
    for adapter in ADAPTERS:
        assert re.search(rf"[1-9]\d* to \S+ \({adapter}\)", ran.stdout), (
            f"nothing went to {adapter}"
        )
    # Before the night, which is when there is something to watch.
    before_the_night, _, _ = ran.stdout.partition("Running daily-lead-generation")
    assert CONSOLE.search(before_the_night)
    assert night.page is not None
    assert (night.page.status_code, "<h1>Audit</h1>" in night.page.text) == (200, True)
    assert [lead_id for lead_id, text in messages(ledger) if f"/leads/{lead_id}" not in text] == []
    assert all(CONSOLE.findall(ran.stdout)[0] in text for _, text in messages(ledger))
    # Whole, on a screen that is too narrow for them: these lines are there to be copied.
    (place,) = re.findall(r"^  Postgres +(postgresql://.*)$", ran.stdout, re.MULTILINE)
    assert place.endswith("/leadstream")
    async with database(home) as sql:
        assert await sql.fetchval("SELECT count(*) FROM discovery.workspaces") >= 3
        assert await sql.fetchval("SELECT count(*) FROM discovery.queries") >= 8
        assert await sql.fetchval("SELECT count(*) FROM discovery.leads") == told["new"]
        assert await sql.fetchval("SELECT sum(found) FROM discovery.query_runs") == told["found"]
        assert (
            await sql.fetchval("SELECT count(*) FROM platform_upload.billing_events")
            == told["billing events"]
        )
        assert await sql.fetchval(COLD_UPLOADS) == 0
        unfinished = "SELECT count(*) FROM {}.jobs WHERE state IN ('ready', 'running', 'failed')"
        for schema in ("discovery", "enrichment", "delivery", "platform_upload", "scheduler"):
            assert await sql.fetchval(unfinished.format(schema)) == 0, schema


@pytest.mark.parametrize("uid", BOARDS)
async def test_no_panel_is_empty_without_a_reason(night: Night, uid: str) -> None:
    targets = list(targets_of(BOARDS[uid]))

    empty = {(each.panel, each.legend) for each in targets if not await night.answer(each)}

    assert empty == {(panel, legend) for board, panel, legend in EMPTY if board == uid}


async def test_the_funnel_shows_what_the_demo_has_told(night: Night) -> None:
    seen: dict[str, float] = {}
    for target in targets_of(BOARDS["leadstream-overview"]):
        if target.panel in ("From found to uploaded", "Left behind, and why"):
            seen |= await night.answer(target)

    def seen_as(*words: str) -> float:
        return sum(value for name, value in seen.items() if name.startswith(words))

    told = night.told
    brought = {name: told[name] for name in ("found", "new", "known", "rejected")}
    shown = [
        seen["found"],
        seen["new"],
        seen_as("found: known"),
        seen_as("found: rejected"),
    ]
    # Prometheus goes on to the end of the range as if the counters had, which in so short a range shows; but alike for
    # all that it scrapes at the same time.
    ahead = seen["found"] / told["found"]
    assert 1 <= ahead < 1.15
    assert shown == pytest.approx([each * ahead for each in brought.values()])
    # One that has risen was enriched again.
    assert seen["enriched"] / seen_as("not enriched") == pytest.approx(
        told["completed"] / told["skipped"], rel=0.02
    )
    assert seen["enriched"] == pytest.approx(told["completed"], rel=0.15)
    assert seen["uploaded"] == pytest.approx(told["billing events"], rel=0.15)


async def test_no_call_to_a_provider_is_missed(night: Night) -> None:
    (target,) = (
        each
        for each in targets_of(BOARDS["leadstream-providers"])
        if each.panel == "Calls in this range"
    )

    seen: defaultdict[str, float] = defaultdict(float)
    for name, count in (await night.answer(target)).items():
        seen[name.split(":")[0]] += count

    for provider in ("datashopper", "clay", "resend", "slack", *CRMS):
        assert 1 <= seen[provider] / night.calls[provider] < 1.15, provider


@pytest.mark.timeout(400)
async def test_a_second_run_the_same_day_does_nothing_twice(home: Home) -> None:
    if not (home.sandbox / "ledger.jsonl").exists():
        pytest.skip("goes on from where the test above stopped")
    ledger = Ledger(home.sandbox / "ledger.jsonl")
    day, is_second = ledger.entries()[0].time.date(), False
    while not is_second:
        before, began = effects(ledger), datetime.now(UTC).date()
        ran = await run(
            [LEADSTREAM, "demo", "--once"], env=environment(home) | tokens(), within=PATIENCE
        )
        assert ran.code == 0, ran.output
        # Past midnight it was the first one of its day, or partly so: the next is the second.
        is_second, day = datetime.now(UTC).date() == day, began

    assert not list(home.run.glob("*.json")), "something is left running"
    assert "Log in with one of the tokens of ADMIN_TOKENS." in ran.stdout
    assert effects(ledger) == before
    told = figures(ran.stdout)
    assert told["new"] == 0
    assert told["known"] + told["rejected"] == told["found"]
