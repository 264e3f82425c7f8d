"""Behaviour 11, 13, 14, 16 and 17 on every contact source: what a search asks, brings, costs, and can end as."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contract.contact_sources.case import Person, SourceCase
from contract.contact_sources.shop import LIMIT, Shop
from enrichment.application.ports import CallFault, Ending
from enrichment.application.providers import Found, NotFound
from leadstream.http import ProviderClient
from leadstream.jobs.model import Failed, Held, Retry
from leadstream_dev.sandbox import Sandbox

ADA = Person(name="Ada Lovelace", email="ada@acme.com")
GRACE = Person(name="Grace Hopper", title="VP of Engineering")
TITLES = {"ceo", "cto", "vp", "director", "chief", "head of", "manager"}
LEVELS = {"executive", "director", "manager"}


@pytest.fixture
async def shop(case: SourceCase, sandbox: Sandbox, client: ProviderClient) -> AsyncIterator[Shop]:
    """It knows two people at acme.com."""
    await case.know(sandbox, "acme.com", ADA, GRACE)
    yield Shop(case, sandbox, case.source(client, sandbox.url))
    # Whatever happened: the key is nowhere in the ledger.
    assert case.key not in str([entry.line for entry in sandbox.ledger.entries()])


async def test_b13_who_decides_is_asked_for_and_no_more_than_are_wanted(shop: Shop) -> None:
    await shop.find()

    (wanted,) = shop.wanted()
    assert wanted.domain == "acme.com"
    assert wanted.people in (LIMIT, None)
    assert wanted.words >= TITLES | LEVELS


async def test_b13_people_are_found_with_or_without_an_address_at_work(shop: Shop) -> None:
    found = await shop.find()

    assert isinstance(found, Found)
    ada, grace = found.answer.contacts
    assert (ada.full_name, ada.email) == ("Ada Lovelace", "ada@acme.com")
    assert (grace.full_name, grace.email) == ("Grace Hopper", None)
    assert grace.title
    # Nobody was asked about an address yet.
    assert ada.email_status is None
    assert "gmail" not in repr(found)


async def test_b13_of_many_none_more_than_wanted_is_paid_for(shop: Shop) -> None:
    many = [Person(name=f"Person {number}") for number in range(12)]
    await shop.case.know(shop.sandbox, "many.com", *many)

    found = await shop.find("many.com", limit=3)

    assert isinstance(found, Found)
    assert len(found.answer.contacts) == 3
    assert shop.wanted()[0].people in (3, None)
    assert found.units <= shop.source.most_units(12)


async def test_what_it_says_to_have_cost_is_what_it_has_cost(shop: Shop) -> None:
    found = await shop.find()

    assert found.units == Decimal(str(shop.spent()))
    assert found.units <= shop.source.most_units(LIMIT)


async def test_b14_facts_have_our_names_and_never_a_domain(shop: Shop) -> None:
    for number in range(10):
        found = await shop.find(f"company-{number}.com")
        facts = dict(found.answer.facts) if isinstance(found, Found) else {}

        assert set(facts) <= {
            *("industry", "description", "website", "employee_count", "revenue", "founded_year")
        }
        assert None not in facts.values()


async def test_b16_nobody_known_is_an_answer(shop: Shop) -> None:
    await shop.case.know(shop.sandbox, "nobody.com")

    found = await shop.find("nobody.com")

    assert isinstance(found, NotFound) or not found.answer.contacts
    assert found.units == 0
    assert shop.spent() == 0


async def test_b17_what_is_refused_fails_and_is_not_asked_again(shop: Shop) -> None:
    await shop.script(shop.case.refusal)

    fault = await shop.fault()

    assert isinstance(fault.outcome, Failed)
    assert (fault.ending, fault.outcome.problem.status_code) == (Ending.REFUSED, 400)
    assert shop.case.provider in fault.outcome.problem.message


async def test_b17_a_passing_error_is_passing_and_was_not_paid_for(shop: Shop) -> None:
    for status in shop.case.undone:
        await shop.script({"status": status, "body": "<html>oops</html>"})

        fault = await shop.fault()

        assert isinstance(fault.outcome, Retry)
        assert fault.ending is Ending.FAILED


async def test_a_lost_answer_may_have_been_paid_for(shop: Shop) -> None:
    for action in ("drop", "lose", "half"):
        await shop.script({"action": action})

        fault = await shop.fault()

        assert isinstance(fault.outcome, Retry)
        assert fault.ending is Ending.UNKNOWN, action
        # It was, but for the first.
        assert (shop.spent() > 0) == (action != "drop")


async def test_no_answer_in_time_may_have_been_paid_for(
    shop: Shop, hasty_client: ProviderClient
) -> None:
    shop.source = shop.case.source(hasty_client, shop.sandbox.url)
    await shop.script({"action": "hang"})

    assert (await shop.fault()).ending is Ending.UNKNOWN


async def test_nobody_at_the_address_was_paid_nothing(
    case: SourceCase, sandbox: Sandbox, client: ProviderClient
) -> None:
    shop = Shop(case, sandbox, case.source(client, "http://127.0.0.1:1"))

    fault = await shop.fault()

    assert isinstance(fault.outcome, Retry)
    assert fault.ending is Ending.FAILED


async def test_b11_who_calls_too_often_waits_as_long_as_it_says(shop: Shop) -> None:
    await shop.script(shop.case.throttle.answer)
    asked = datetime.now(UTC)

    held = (await shop.fault()).outcome

    assert isinstance(held, Held)
    assert (held.scope, held.reason) == (shop.case.account().scope, "rate_limited")
    assert held.until is not None
    wait = timedelta(seconds=shop.case.throttle.seconds)
    assert wait * 0.9 <= held.until - asked <= wait + timedelta(seconds=5)


async def test_no_credits_left_holds_that_key_until_the_next_day(shop: Shop) -> None:
    await shop.script(shop.case.no_credits)

    held = (await shop.fault()).outcome

    assert isinstance(held, Held)
    assert (held.scope, held.reason) == (shop.case.account().scope, "quota_exhausted")
    assert held.until is not None
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert (held.until.date(), held.until.hour) in ((tomorrow, 0), (tomorrow, 1))


async def test_a_wrong_key_holds_that_key_and_is_told_by_the_test(shop: Shop) -> None:
    for key in shop.case.wrong_keys:
        account = shop.case.account(key)
        in_use = await shop.fault(account=account)
        with pytest.raises(CallFault) as tested:
            await shop.source.test(account)

        for fault in (in_use, tested.value):
            held = fault.outcome
            assert isinstance(held, Held), key
            assert (held.scope, held.reason) == (account.scope, "credential_refused")
            assert shop.case.provider in held.problem.message
            assert key not in repr(held)
    assert shop.spent() == 0


async def test_another_api_at_the_address_holds_and_costs_no_lead(
    case: SourceCase, sandbox: Sandbox, client: ProviderClient
) -> None:
    shop = Shop(case, sandbox, case.source(client, f"{sandbox.url}/slack"))
    for _ in range(3):
        fault = await shop.fault()

    held = fault.outcome
    assert isinstance(held, Held)
    assert held.reason == "misconfigured"


async def test_a_test_of_the_connection_costs_nothing(shop: Shop) -> None:
    await shop.source.test(shop.case.account())

    assert shop.spent() == 0
    # Somebody was asked, with the key.
    assert shop.sandbox.ledger.entries(provider=shop.case.provider)


async def test_training_costs_nothing(shop: Shop) -> None:
    if not shop.case.trains:
        pytest.skip(f"{shop.case.provider} has no sandbox of its own")
    for number in range(3):
        found = await shop.find(f"company-{number}.com", account=shop.case.account(training=True))

        assert isinstance(found, Found)
        assert found.answer.contacts
        assert found.units == 0
        assert found.answer.credits_used == 0
    assert shop.case.calls(shop.sandbox) == []
    assert shop.spent() == 0
