"""Behaviour 19 on every verifier: five things are told apart, and a fault of theirs says nothing of an address."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contract.contact_sources.case import VerifierCase
from contract.contact_sources.hostile import BODIES, FAULTS, VALUES
from enrichment.application.ports import CallFault, Ending
from enrichment.application.providers import EmailVerifier, Verified
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account
from leadstream.http import ProviderClient
from leadstream.jobs.model import Failed, Held, Retry
from leadstream_dev.sandbox import Sandbox

PATIENCE = timedelta(seconds=30)
ANN = "ann@acme.com"
TEN_MEGABYTES = 10 * 1024 * 1024


@dataclass(slots=True)
class Desk:
    """A verifier before its stand-in."""

    case: VerifierCase
    sandbox: Sandbox
    verifier: EmailVerifier

    async def verify(self, email: str = ANN, *, account: Account | None = None) -> Any:
        return await self.verifier.verify(email, account=account or self.case.account())

    async def fault(self, **asked: Any) -> CallFault:
        with pytest.raises(CallFault) as raised:
            await self.verify(**asked)
        return raised.value

    async def script(self, *steps: dict[str, Any]) -> None:
        await self.sandbox.control.script(self.case.provider, self.case.operation, *steps)


@pytest.fixture
async def desk(
    verifier_case: VerifierCase, sandbox: Sandbox, client: ProviderClient
) -> AsyncIterator[Desk]:
    case = verifier_case
    yield Desk(case, sandbox, case.verifier(client, sandbox.url, timeout=PATIENCE))
    assert case.key not in str([entry.line for entry in sandbox.ledger.entries()])


async def test_b19_each_verdict_is_told_apart(desk: Desk) -> None:
    for said, status in desk.case.said.items():
        await desk.case.know(desk.sandbox, f"{said}@acme.com", said)

        verdict = await desk.verify(f"{said}@acme.com")

        assert isinstance(verdict, Verified)
        assert verdict.status is EmailStatus(status), said
        assert 0 <= verdict.units <= desk.verifier.most_units()


async def test_what_a_verification_costs_is_what_the_ledger_has(desk: Desk) -> None:
    if desk.case.provider == "clay":
        pytest.skip("nobody has said what a verification of the specification's Clay costs")
    units = Decimal(0)
    for said in desk.case.said:
        await desk.case.know(desk.sandbox, f"{said}@acme.com", said)
        units += (await desk.verify(f"{said}@acme.com")).units

    assert units == sum(desk.sandbox.ledger.credits(desk.case.provider).values())


async def test_b19_no_fault_is_a_verdict(desk: Desk) -> None:
    await desk.script(
        *({"status": status, "body": "<html>oops</html>"} for status in (400, 422, 451, 500, 503)),
        *({"action": action} for action in ("drop", "lose", "half")),
        desk.case.refusal,
        desk.case.throttle.answer,
        desk.case.no_credits,
        {"status": 400, "body": {"message": f"no such parameter: {ANN}"}},
    )

    outcomes = [(await desk.fault()).outcome for _ in range(12)]

    assert [type(outcome) for outcome in outcomes] == [*[Retry] * 8, Failed, Held, Held, Failed]
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Held)] == [
        *("rate_limited", "quota_exhausted")
    ]
    # In none of them is the person.
    assert ANN not in repr(outcomes)


async def test_who_calls_too_often_waits_as_long_as_it_says(desk: Desk) -> None:
    await desk.script(desk.case.throttle.answer)
    asked = datetime.now(UTC)

    held = (await desk.fault()).outcome

    assert isinstance(held, Held)
    assert held.scope == desk.case.account().scope
    assert held.until is not None
    wait = timedelta(seconds=desk.case.throttle.seconds)
    assert wait * 0.9 <= held.until - asked <= wait + timedelta(seconds=5)


async def test_no_answer_in_time_is_none(
    verifier_case: VerifierCase, sandbox: Sandbox, client: ProviderClient
) -> None:
    hasty = timedelta(seconds=0.3)
    desk = Desk(verifier_case, sandbox, verifier_case.verifier(client, sandbox.url, timeout=hasty))
    await desk.script({"action": "hang"})

    assert (await desk.fault()).ending is Ending.UNKNOWN


async def test_a_wrong_key_holds_that_key_and_is_told_by_the_test(desk: Desk) -> None:
    for key in desk.case.wrong_keys:
        account = desk.case.account(key)
        in_use = await desk.fault(account=account)
        with pytest.raises(CallFault) as tested:
            await desk.verifier.test(account)

        for fault in (in_use, tested.value):
            held = fault.outcome
            assert isinstance(held, Held), key
            assert (held.scope, held.reason) == (account.scope, "credential_refused")
            assert desk.case.provider in held.problem.message
            assert key not in repr(held)


async def test_a_test_of_the_connection_costs_nothing(desk: Desk) -> None:
    await desk.verifier.test(desk.case.account())

    assert desk.sandbox.ledger.effects("credits") == []
    assert desk.sandbox.ledger.entries(provider=desk.case.provider)


async def test_whatever_is_in_the_place_of_a_verdict_is_unknown(desk: Desk) -> None:
    bodies = [desk.case.document(value) for value in VALUES.values()]
    await desk.script(*({"status": 200, "body": body} for body in bodies))

    for name in VALUES:
        verdict = await desk.verify()

        assert isinstance(verdict, Verified)
        assert verdict.status is EmailStatus.UNKNOWN, name


async def test_whatever_is_in_the_place_of_a_document_is_no_verdict(desk: Desk) -> None:
    documents = [*BODIES.values(), *FAULTS.values(), None, [], {"data": []}, {"data": None}]
    await desk.script(
        *({"status": 200, "body": document} for document in documents),
        {"status": 200, "body": "[" + "1," * (TEN_MEGABYTES // 2)},
    )

    for _ in range(len(documents) + 1):
        assert await _told(desk) in (EmailStatus.UNKNOWN, Ending.UNKNOWN)


async def _told(desk: Desk) -> EmailStatus | Ending | None:
    try:
        verdict = await desk.verify()
    except CallFault as fault:
        return fault.ending
    return verdict.status if isinstance(verdict, Verified) else None
