"""Sources asked one after the other: what the first does not know the next is asked about, each once."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_contact, a_lead, discover
from integration.enrichment.replicas import Replica, settings_for, working
from integration.enrichment.test_once import LEASE, _lose_the_worker
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key
from support.waiting import eventually

PDL: Final = "people_data_labs"
COMPANIES: Final = [f"company-{number}.com" for number in range(200)]
# The first source knows six of ten, the second half of the rest.
BY_FIRST, BY_SECOND, BY_NOBODY = COMPANIES[:120], COMPANIES[120:160], COMPANIES[160:]
PRICES: Final = {PDL: {"enrich": "0.28"}, "clay": {"enrich": "0.10", "verify": "0.01"}}


def two_sources(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    return {
        "people_data_labs_api_key": "sandbox-people-data-labs",
        "people_data_labs_api_url": f"{sandbox.url}/people_data_labs/v5",
        "people_data_labs_sandbox_url": f"{sandbox.url}/people_data_labs/sandbox/v5",
        "people_data_labs_per_second": 1000.0,
        "hunter_api_key": "sandbox-hunter",
        "hunter_api_url": f"{sandbox.url}/hunter/v2",
        "hunter_per_second": 1000.0,
        "provider_prices": PRICES,
        **changes,
    }


async def want(replica: Replica, workspace: object = ACME, **sources: Any) -> None:
    asked = {"contacts": [PDL, "clay_compat"], "verify": ["clay_compat"], **sources}
    answer = await replica.http.put(f"/sources/{workspace}", json=asked)
    assert answer.status_code == 200, answer.text


def a_record(domain: str, first: str = "ann") -> dict[str, Any]:
    return {
        "id": f"{first}-{domain}",
        "full_name": f"{first} smith",
        "first_name": first,
        "last_name": "smith",
        "work_email": f"{first}@{domain}",
        "job_title": "cto",
        "job_title_levels": ["cxo"],
        "job_company_name": "acme",
        "job_company_website": domain,
    }


async def know(
    sandbox: Sandbox, first: Sequence[str], second: Sequence[str], nobody: Sequence[str] = ()
) -> None:
    """Who has people at which companies; all their addresses are valid."""
    people = {domain: {"people": [a_record(domain)]} for domain in first}
    # More than a minute's searches of theirs are in one test.
    await sandbox.control.options(PDL, companies=people, knows=0.0, per_minute=10_000)
    answers = {
        domain: {"contacts": [a_contact("Bob", domain=domain)], "credits_used": 1}
        for domain in second
    }
    answers |= {domain: {"contacts": [], "credits_used": 0} for domain in nobody}
    addresses = [*(f"ann@{each}" for each in first), *(f"bob@{each}" for each in second)]
    await sandbox.control.options(
        "clay", companies=answers, verdicts=dict.fromkeys(addresses, "valid")
    )


async def calls_of(replica: Replica) -> dict[tuple[str, str], tuple[int, Decimal, Decimal]]:
    """Calls that ended well, their units and what they cost, as the service has them."""
    rows = await replica.database.pool.fetch(
        "SELECT provider, operation, count(*) AS calls, sum(units) AS units, sum(cost) AS cost"
        " FROM provider_calls WHERE outcome = 'succeeded' GROUP BY provider, operation"
    )
    return {
        (row["provider"], row["operation"]): (row["calls"], row["units"], row["cost"])
        for row in rows
    }


async def test_two_hundred_companies_are_asked_about_as_the_sandbox_saw_it(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**two_sources(sandbox))
    await want(replica)
    await know(sandbox, BY_FIRST, BY_SECOND, BY_NOBODY)

    await discover(replica, *(a_lead(domain) for domain in COMPANIES))
    await replica.finish(seconds=120)

    calls = await calls_of(replica)
    assert {which: (count, units) for which, (count, units, _) in calls.items()} == {
        (PDL, "enrich"): (200, Decimal(120)),
        ("clay", "enrich"): (80, Decimal(40)),
        ("clay", "verify"): (160, Decimal(160)),
    }
    assert {which: cost for which, (_, _, cost) in calls.items()} == {
        (PDL, "enrich"): Decimal("33.60"),
        ("clay", "enrich"): Decimal("4.00"),
        ("clay", "verify"): Decimal("1.60"),
    }
    ledger = sandbox.ledger
    assert len(ledger.entries(provider=PDL, operation="search")) == 200
    assert sum(ledger.credits(PDL).values()) == 120
    asked = [call["domain"] for call in ledger.entries(provider="clay", operation="enrich")]
    assert sorted(asked) == sorted([*BY_SECOND, *BY_NOBODY])
    assert len(ledger.entries(provider="clay", operation="verify")) == 160
    events = [event["enrichment"] for event in await replica.events("lead.enriched")]
    assert Counter((e["provider"], e["credits_used"], e["total_contacts"]) for e in events) == {
        (PDL, 1, 1): 120,
        (f"{PDL}, clay", 1, 1): 40,
        (f"{PDL}, clay", 0, 0): 40,
    }
    assert all(e["primary_contact"]["verified_email"] for e in events if e["total_contacts"])
    told = await replica.database.pool.fetch(
        "SELECT provider, count(*) AS contacts FROM contacts GROUP BY provider"
    )
    assert {row["provider"]: row["contacts"] for row in told} == {PDL: 120, "clay": 40}
    # One job a lead, wherever it went, and no attempt more than the calls took.
    assert len(await replica.rows("jobs")) == 200
    assert Counter(await replica.attempts()) == {"succeeded": 200, "passed": 80}


async def test_a_worker_that_is_killed_at_the_second_source_buys_nothing_twice(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**two_sources(sandbox, job_lease=LEASE))
    await want(replica)
    first, second = COMPANIES[:12], COMPANIES[12:24]
    await know(sandbox, first, second)
    # It never answers, and does nothing: the worker is killed in the middle of twelve calls.
    await sandbox.control.behave("clay", "enrich", hang=1.0)
    await discover(replica, *(a_lead(domain) for domain in [*first, *second]))

    async def is_asked() -> bool:
        return len(sandbox.ledger.entries(provider="clay", operation="enrich")) == 12

    await eventually(is_asked, "the second source is not asked", within=60)
    await _lose_the_worker(replica)
    await sandbox.control.behave("clay", "enrich", hang=0.0)
    await replica.finish(seconds=60)

    events = await replica.events("lead.enriched")
    assert len(events) == 24
    assert {event["enrichment"]["total_contacts"] for event in events} == {1}
    searched = Counter(each["domain"] for each in sandbox.ledger.entries(provider=PDL))
    assert searched == dict.fromkeys([*first, *second], 1)
    assert sandbox.ledger.clay_calls() == dict.fromkeys(second, 1)
    assert Counter(
        (call["provider"], call["outcome"])
        for call in await replica.rows("provider_calls WHERE operation = 'enrich'")
    ) == {(PDL, "succeeded"): 24, ("clay", "unknown"): 12, ("clay", "succeeded"): 12}


async def test_a_source_that_is_used_up_costs_no_lead_and_the_next_is_not_asked_instead(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**two_sources(sandbox))
    await want(replica)
    # With one source, and that the other one: nobody else waits.
    await want(replica, OTHER, contacts=["clay_compat"])
    await know(sandbox, [], COMPANIES[:2])
    await sandbox.control.behave(PDL, "search", quota_exhausted=True)
    await discover(replica, a_lead(COMPANIES[0]), a_lead(COMPANIES[1], workspace=OTHER))

    async def is_held() -> bool:
        return (
            bool(await replica.rows("pauses")) and len(await replica.events("lead.enriched")) == 1
        )

    await eventually(is_held, "nothing is held")

    (pause,) = await replica.rows("pauses")
    assert (pause["scope"], pause["reason"]) == (f"provider:{PDL}", "quota_exhausted")
    assert sandbox.ledger.clay_calls() == {COMPANIES[1]: 1}
    (event,) = await replica.events("lead.enriched")
    assert event["workspace_id"] == str(OTHER)
    # Whoever does not want to wait takes it out of the plan: the job goes on with the next, though others still wait.
    await want(replica, contacts=["clay_compat"])
    await replica.finish()
    assert await replica.rows("pauses")
    assert not sandbox.ledger.credits(PDL)
    assert sandbox.ledger.clay_calls() == dict.fromkeys(COMPANIES[:2], 1)


async def test_people_are_told_of_although_the_next_source_refuses_the_company(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**two_sources(sandbox, enrichment_daily_budget=9))
    await want(replica, stop_when="verified")
    await know(sandbox, COMPANIES[:1], [])
    await sandbox.control.verdict(f"ann@{COMPANIES[0]}", "invalid")
    await sandbox.control.script(
        "clay", "enrich", {"status": 422, "body": {"error": "we know no such companies"}}
    )

    await discover(replica, a_lead(COMPANIES[0]))
    await replica.finish()

    (event,) = await replica.events("lead.enriched")
    assert [each["email"] for each in event["enrichment"]["contacts"]] == [f"ann@{COMPANIES[0]}"]
    calls = await replica.rows("provider_calls WHERE operation = 'enrich' ORDER BY started_at")
    assert [(call["provider"], call["outcome"], call["units"]) for call in calls] == [
        (PDL, "succeeded", 1),
        ("clay", "refused", 0),
    ]
    # What was refused does not count against the budget.
    assert [row["calls"] for row in await replica.rows("provider_spending")] == [1]


async def test_a_source_without_a_key_is_waited_for_and_goes_out_by_itself(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(
        **two_sources(sandbox, people_data_labs_api_key=None, encryption_keys=generate_key("k1"))
    )
    await want(replica)
    await know(sandbox, COMPANIES[:1], [])
    await discover(replica, a_lead(COMPANIES[0]))

    async def held() -> list[str]:
        (job,) = (await replica.http.get("/jobs")).json()["items"]
        return job["held_by"] or []

    async def is_held() -> bool:
        return await held() == ["credential_missing"]

    await eventually(is_held, "it does not wait for a key")
    assert [pause["scope"] for pause in await replica.rows("pauses")] == [f"provider:{PDL}:{ACME}"]
    body = {
        "workspace_id": str(ACME),
        "provider": PDL,
        "credentials": {"api_key": "sandbox-people-data-labs-own"},
    }
    (await replica.http.post("/provider-accounts", json=body)).raise_for_status()
    await replica.finish()

    (event,) = await replica.events("lead.enriched")
    assert event["enrichment"]["provider"] == PDL
    assert len(sandbox.ledger.entries(provider=PDL, operation="search")) == 1


async def test_a_key_that_comes_with_the_deployment_lets_go_what_waited_for_it(
    database_url: str, sandbox: Sandbox
) -> None:
    before = two_sources(sandbox, people_data_labs_api_key=None)
    async with working(settings_for(database_url, sandbox, **before)) as replica:
        await want(replica)
        await know(sandbox, COMPANIES[:1], [])
        await discover(replica, a_lead(COMPANIES[0]))
        await replica.rest()
        assert [each["reason"] for each in await replica.rows("pauses")] == ["credential_missing"]

    after = settings_for(database_url, sandbox, **two_sources(sandbox))
    async with working(after) as replica:
        await replica.finish()

        assert len(await replica.events("lead.enriched")) == 1
        assert await replica.rows("pauses") == []


async def test_a_higher_cap_of_the_deployment_lets_go_what_waited_for_the_next_month(
    database_url: str, sandbox: Sandbox
) -> None:
    before = two_sources(sandbox, spending_cap_monthly="0.40")
    async with working(settings_for(database_url, sandbox, **before)) as replica:
        await know(sandbox, [], COMPANIES[:1])
        await discover(replica, a_lead(COMPANIES[0]))
        await replica.rest()
        assert [each["reason"] for each in await replica.rows("pauses")] == ["spending_cap_reached"]

    after = two_sources(sandbox, spending_cap_monthly="4.00")
    async with working(settings_for(database_url, sandbox, **after)) as replica:
        await replica.finish()

        assert len(await replica.events("lead.enriched")) == 1


async def test_who_objects_at_the_verifier_is_erased_and_nobody_hears_of_them(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**two_sources(sandbox))
    await want(replica, verify=["hunter"], stop_when="verified")
    domain = COMPANIES[0]
    people = [a_record(domain), a_record(domain, "bob")]
    await know(sandbox, [], [])
    await sandbox.control.options(PDL, companies={domain: {"people": people}})
    await sandbox.control.options(
        "hunter", objected=[f"ann@{domain}"], verdicts={f"bob@{domain}": "valid"}
    )

    await discover(replica, a_lead(domain))
    await replica.finish()

    (event,) = await replica.events("lead.enriched")
    assert [each["email"] for each in event["enrichment"]["contacts"]] == [f"bob@{domain}"]
    (answer,) = await replica.rows("company_answers")
    assert "ann@" not in str(answer["contacts"])
    assert len(await replica.rows("erased_people")) == 1
    (change,) = await replica.rows("audit_log WHERE action = 'person.erased'")
    assert "ann" not in str(change)


async def test_who_trains_asks_sandboxes_only_and_pays_nothing(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(**two_sources(sandbox))
    await want(replica, verify=["hunter"], training=True)
    await know(sandbox, [], COMPANIES[:1])

    await discover(replica, a_lead(COMPANIES[0]))
    await replica.finish()

    assert [each.operation for each in sandbox.ledger.entries(provider=PDL)] == ["sandbox_search"]
    assert not sandbox.ledger.entries(provider="clay")
    assert not sandbox.ledger.credits(PDL)
    (event,) = await replica.events("lead.enriched")
    assert event["enrichment"]["provider"] == PDL
    answers = await replica.rows("company_answers")
    assert [answer["owner"] for answer in answers] == ["training"]
    assert {call["cost"] for call in await replica.rows("provider_calls")} == {0}
