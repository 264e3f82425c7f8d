"""Hunter's stand-in, against what their documentation and its harvest say of the verifier."""

import httpx
import pytest

from leadstream_dev.sandbox import Sandbox

VERIFY = "/hunter/v2/email-verifier"
KEY = "sandbox-hunter"
STATUSES = ("valid", "invalid", "accept_all", "webmail", "disposable", "unknown")


async def verify(
    api: httpx.AsyncClient, email: str | None = "ann@acme.com", *, key: str | None = KEY
) -> httpx.Response:
    params = {} if email is None else {"email": email}
    return await api.get(VERIFY, params=params, headers={"X-API-KEY": key} if key else {})


def said(answer: httpx.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    assert error["code"] == answer.status_code
    return answer.status_code, error["id"]


@pytest.mark.parametrize("status", STATUSES)
async def test_each_verdict_is_told_and_those_that_count_cost_one(
    sandbox: Sandbox, api: httpx.AsyncClient, status: str
) -> None:
    await sandbox.control.options("hunter", verdicts={"ann@acme.com": status})

    answer = (await verify(api, "Ann@acme.com")).json()

    assert answer["data"]["status"] == status
    assert answer["meta"]["params"]["email"] == "ann@acme.com"
    cost = sandbox.ledger.credits("hunter")
    assert cost == ({"acme.com": 1} if status in ("valid", "invalid", "accept_all") else {})


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        (None, (400, "wrong_params")),
        ("ann", (400, "invalid_email")),
        ("ann@acme", (400, "invalid_email")),
        ("ann smith@acme.com", (400, "invalid_email")),
    ],
)
async def test_what_is_no_address_is_refused(
    sandbox: Sandbox, api: httpx.AsyncClient, email: str | None, expected: tuple[int, str]
) -> None:
    assert said(await verify(api, email)) == expected
    assert sandbox.ledger.effects("credits") == []


@pytest.mark.parametrize(
    "key", [None, "nobody", "sandbox-clay", "sandbox-people-data-labs", "re_sandbox"]
)
async def test_a_key_of_nobody_and_of_another_provider_is_refused(
    api: httpx.AsyncClient, key: str | None
) -> None:
    assert said(await verify(api, key=key)) == (401, "authentication_failed")


async def test_a_key_in_the_url_is_not_looked_at(api: httpx.AsyncClient) -> None:
    answer = await api.get(VERIFY, params={"email": "ann@acme.com", "api_key": KEY})

    assert answer.status_code == 401


async def test_what_takes_longer_is_asked_again_and_counts_once(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options(
        "hunter", checking={"ann@acme.com": 2}, verdicts={"ann@acme.com": "valid"}
    )

    answers = [await verify(api) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 200]
    assert sandbox.ledger.credits("hunter") == {"acme.com": 1}


async def test_an_odd_mail_server_and_a_person_who_objected(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("hunter", failing=["a@acme.com"], objected=["b@acme.com"])

    assert (await verify(api, "a@acme.com")).status_code == 222
    assert said(await verify(api, "B@acme.com")) == (451, "claimed_email")
    assert sandbox.ledger.effects("credits") == []


async def test_too_fast_is_403_and_the_end_of_the_plan_429(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options(
        "hunter", per_minute=4, credits=1, verdicts={"ann@acme.com": "valid"}
    )

    # A minute may end between two of them.
    answers = [await verify(api) for _ in range(9)]

    assert answers[0].status_code == 200
    assert said(answers[1]) == (429, "usage_limit")
    assert said(answers[-1]) == (403, "too_many_requests")
    headers = {name for answer in answers for name in answer.headers}
    assert not {name for name in headers if "retry" in name or "ratelimit" in name}


async def test_a_second_has_a_limit_too(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.options("hunter", per_second=1)

    statuses = [(await verify(api)).status_code for _ in range(20)]

    assert 403 in statuses


async def test_a_plan_without_the_verifier_is_403_in_other_words(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("hunter", without_verifier=[KEY])

    answer = await verify(api)

    assert said(answer) == (403, "forbidden")
    assert "plan" in answer.json()["errors"][0]["details"]


async def test_the_account_tells_what_is_left_and_costs_nothing(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("hunter", credits=3, verdicts={"ann@acme.com": "valid"})
    await verify(api)

    answer = await api.get("/hunter/v2/account", headers={"X-API-KEY": KEY})

    assert answer.json()["data"]["requests"]["verifications"] == {"used": 1, "available": 3}
    assert len(sandbox.ledger.effects("credits")) == 1


async def test_the_key_for_tests_is_answered_for_nothing(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("hunter", credits=0)

    answer = await verify(api, key="test-api-key")

    assert answer.json()["data"]["status"] == "valid"
    assert sandbox.ledger.effects("credits") == []


async def test_it_finds_out_about_a_part_of_the_addresses(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("hunter", knows=0.5, per_second=1000)

    told = [
        (await verify(api, f"p{number}@acme.com")).json()["data"]["status"] for number in range(60)
    ]

    assert 15 <= told.count("unknown") <= 45


async def test_the_ledger_has_no_key(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await verify(api)

    (entry,) = sandbox.ledger.entries(provider="hunter")
    assert entry["email"] == "ann@acme.com"
    assert KEY not in str(entry.line)
