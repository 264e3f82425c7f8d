"""An erasure by its job at the platforms that have no test of their own for it: judged by what the platform holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from integration.platform_upload.bench import Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.erasing import (
    ADA,
    ADAS,
    BOBS,
    PEOPLE,
    entries,
    erase,
    lose_an_erasure,
    receipt,
    take_back,
)
from integration.platform_upload.machine import work
from leadstream_dev.sandbox import Sandbox
from support.traces import tables_with

OF_ADA = ("ada@", "lovelace", "countess", "7946")
Records = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Way:
    adapter: str
    # Of the state that the sandbox shows of the only account: the companies, and the people.
    companies: Callable[[Any], Records]
    people: Callable[[Any], Records]
    settings: tuple[tuple[str, str], ...] = ()
    # Others of the same lead who went there, too: most platforms get one.
    keeps: tuple[str, ...] = ()
    # What somebody must do by hand.
    left: tuple[str, ...] = ()

    async def connect(self, bench: Bench) -> None:
        given = {**bench.body(self.adapter).get("settings", {}), **dict(self.settings)}
        await bench.connect(self.adapter, settings=given)

    async def state(self, bench: Bench) -> Any:
        (account,) = (await bench.sandbox.control.state(self.adapter)).values()
        return account


def _typed(name: str) -> Callable[[Any], Records]:
    return lambda account: [each for each in account if each["type"] == name]


WAYS = [
    Way(
        "wealthbox",
        companies=_typed("Organization"),
        people=_typed("Person"),
        keeps=("bob@acme.com",),
    ),
    Way(
        "fhir",
        companies=list,
        people=lambda account: [c for each in account for c in each.get("contact", [])],
        settings=(("contacts", "business"),),
        left=("purge its history",),
    ),
    Way(
        "shopify",
        companies=lambda account: account["companies"],
        people=lambda account: account["contacts"],
        left=("a customer of the shop",),
    ),
    Way("marketo", companies=lambda _: [], people=list),
]
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.adapter)


def traces_in(state: Any) -> list[str]:
    text = str(state).lower()
    return [each for each in OF_ADA if each in text]


@each_way
async def test_the_person_is_gone_and_the_company_stays(bench: Bench, way: Way) -> None:
    await way.connect(bench)
    await bench.upload(an_upload(1, **PEOPLE), an_upload(2, domain="two.com", company_name="Two"))
    before = await way.state(bench)

    erased = await erase(bench)
    await work(bench.replica)
    found = await receipt(bench, erased)
    after = await way.state(bench)

    assert erased["elsewhere"] == {f"tech-platform ({way.adapter})": 1}
    assert ADA in str(before).lower()
    assert traces_in(way.people(after)) == []
    assert traces_in(way.companies(after)) == []
    assert len(way.companies(after)) == len(way.companies(before))
    assert all(each in str(after) for each in ("john@acme.com", *way.keeps))
    assert found["open"] == []
    (done,) = entries(found)
    assert (done["state"], done["adapter"], len(done["records"])) == ("done", way.adapter, 1)
    assert len(done["left"]) == len(way.left)
    assert all(said in one for said, one in zip(way.left, done["left"], strict=True))
    assert traces_in(found) == []
    for trace in (ADA, "lovelace"):
        assert await tables_with(bench.replica.database, trace) == {}


@each_way
async def test_twice_is_the_same_as_once(bench: Bench, way: Way) -> None:
    await way.connect(bench)
    await bench.upload(an_upload(1, **PEOPLE))
    first = await erase(bench)
    await work(bench.replica)
    there = await way.state(bench)
    calls = len(bench.sandbox.ledger.entries(provider=way.adapter))

    same = await erase(bench, receipt_id=first["receipt_id"])
    again = await erase(bench)
    await work(bench.replica)

    assert same == first
    assert (again["known"], again["elsewhere"]) == (True, {})
    assert len(entries(await receipt(bench, first))) == 1
    assert await way.state(bench) == there
    assert len(bench.sandbox.ledger.entries(provider=way.adapter)) == calls


@each_way
async def test_a_worker_that_dies_after_the_platform_has_erased_says_the_same(
    make_replica: MakeReplica, sandbox: Sandbox, way: Way
) -> None:
    first, second = await make_replica(drain_timeout=0.1), await make_replica()
    bench = Bench(second, sandbox)
    await way.connect(bench)
    await bench.upload(an_upload(1, **PEOPLE))
    erased = await erase(bench)

    await lose_an_erasure(first)
    await take_back(second)

    (done,) = entries(await receipt(bench, erased))
    assert (done["state"], len(done["records"])) == ("done", 1)
    assert traces_in(way.people(await way.state(bench))) == []


@each_way
async def test_where_the_history_is_gone_digests_tell_who_went_out(bench: Bench, way: Way) -> None:
    await way.connect(bench)
    await bench.upload(an_upload(1, **PEOPLE))
    await bench.replica.database.pool.execute("DELETE FROM jobs")

    erased = await erase(bench)
    await work(bench.replica)

    assert erased["elsewhere"] == {f"tech-platform ({way.adapter})": 1}
    assert traces_in(way.people(await way.state(bench))) == []


@each_way
async def test_who_was_never_sent_there_is_not_looked_for(bench: Bench, way: Way) -> None:
    await way.connect(bench)
    await bench.upload(*uploads(2))
    calls = len(bench.sandbox.ledger.entries(provider=way.adapter))

    erased = await erase(bench)
    await work(bench.replica)

    assert erased["elsewhere"] == {}
    assert entries(await receipt(bench, erased)) == []
    assert len(bench.sandbox.ledger.entries(provider=way.adapter)) == calls


@each_way
async def test_a_connection_that_is_paused_is_waited_for(bench: Bench, way: Way) -> None:
    await way.connect(bench)
    await bench.upload(an_upload(1, contacts=[ADAS, BOBS], primary_contact=ADAS))
    await bench.patch(f"/connections/{id_of()}", {"status": "paused"})

    erased = await erase(bench)
    await work(bench.replica)
    waiting = await receipt(bench, erased)
    there = traces_in(await way.state(bench))
    await bench.patch(f"/connections/{id_of()}", {"status": "active"})
    await work(bench.replica)

    assert there
    assert (entries(waiting), len(waiting["open"])) == ([], 1)
    assert [each["state"] for each in entries(await receipt(bench, erased))] == ["done"]
    assert traces_in(way.people(await way.state(bench))) == []
