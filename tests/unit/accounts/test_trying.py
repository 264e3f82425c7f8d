"""What is said of an account that does not work."""

import pytest

from leadstream.accounts import Account
from leadstream.accounts.trying import try_account
from leadstream.jobs.model import Failed, Held, Problem, Retry

ACCOUNT = Account(provider="people_data_labs", credentials={"api_key": "pdl-secret-key"})


def a_problem(status: int | None, said: str | None = None) -> Problem:
    message = f"people_data_labs search: answered {status}"
    return Problem(error_class="provider_error", message=message, status_code=status, excerpt=said)


def held(reason: str, status: int) -> Held:
    return Held(scope=ACCOUNT.scope, reason=reason, problem=a_problem(status))


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (held("credential_refused", 401), "credential_refused", "it is another provider's"),
        (held("credential_refused", 403), "credential_refused", "its plan or its scope"),
        (held("quota_exhausted", 402), "quota_exhausted", "credits are used up"),
        (held("rate_limited", 429), "rate_limited", "asks to wait"),
        (held("misconfigured", 404), "misconfigured", "not at this address"),
        (Retry(problem=a_problem(503)), "provider_error", "nothing is known of the key"),
        (Failed(problem=a_problem(400)), "provider_error", "refuses what is asked"),
    ],
    ids=["other-key", "plan", "credits", "pace", "elsewhere", "away", "refused"],
)
async def test_it_is_said_in_words(fault: Retry | Failed | Held, code: str, words: str) -> None:
    async def ask(account: Account) -> Retry | Failed | Held:
        return fault

    tried = await try_account(ask, ACCOUNT)

    assert (tried.ok, tried.code) == (False, code)
    assert tried.status_code == fault.problem.status_code
    assert words in tried.message
    assert str(fault.problem.status_code) in tried.message


async def test_a_key_that_the_provider_quotes_is_not_said_again() -> None:
    async def ask(account: Account) -> Failed:
        return Failed(problem=a_problem(400, f"unknown key {account.credentials['api_key']}"))

    tried = await try_account(ask, ACCOUNT)

    assert tried.said
    assert "unknown key" in tried.said
    assert "pdl-secret-key" not in tried.said
