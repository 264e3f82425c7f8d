"""Tries an account out, and says in words what is wrong with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from leadstream.accounts.model import Account
from leadstream.jobs.model import Failed, Held, Retry
from leadstream.observability.redact import Redactor

# Asks the provider something that costs nothing, and tells how an attempt would end; None: it works.
Try: TypeAlias = Callable[[Account], Awaitable[Retry | Failed | Held | None]]

EXCERPT: Final = 500
_KEY_IS_KNOWN: Final = 403
_SAID: Final = {
    "credential_refused": "the key is refused: it is another provider's, mistyped or revoked",
    "misconfigured": "its API is not at this address",
    "quota_exhausted": "the key is right, and its credits are used up",
    "rate_limited": "it asks to wait: try again in a while",
}
_NOT_IN_PLAN: Final = "the key is known, and its plan or its scope does not include what is asked"
_NO_WORD: Final = "it gave no answer to go by, so nothing is known of the key: try again in a while"
_REFUSED: Final = "it refuses what is asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    ok: bool
    message: str
    # What a pause, or a failed attempt, would be called.
    code: str | None = None
    status_code: int | None = None
    # The provider's own words.
    said: str | None = None


async def try_account(ask: Try, account: Account) -> Tried:
    fault = await ask(account)
    if fault is None:
        return Tried(ok=True, message="it works")
    problem = fault.problem
    # Some quote what they were given. Cut last: half a secret would not be known as one.
    redactor = Redactor(list(account.credentials.values()))
    said = redactor.text(problem.excerpt)[:EXCERPT] if problem.excerpt else None
    return Tried(
        ok=False,
        message=f"{_words(fault)} ({redactor.text(problem.message)})",
        code=fault.reason if isinstance(fault, Held) else problem.error_class,
        status_code=problem.status_code,
        said=said,
    )


def _words(fault: Retry | Failed | Held) -> str:
    if isinstance(fault, Retry):
        return _NO_WORD
    if isinstance(fault, Failed):
        return _REFUSED
    if fault.reason == "credential_refused" and fault.problem.status_code == _KEY_IS_KNOWN:
        return _NOT_IN_PLAN
    return _SAID.get(fault.reason, _REFUSED)
