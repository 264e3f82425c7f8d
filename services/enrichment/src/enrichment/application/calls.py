"""Which calls an attempt may make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from enrichment.application.ports import RATE_LIMITED, Holds, Pace
from leadstream.accounts import Account

SHORTEST_WAIT: Final = timedelta(seconds=0.1)
# Somebody may lift a pause sooner than it says.
LONGEST_WAIT: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Go:
    """The call may be made."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The job is to be handed back."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class Away:
    """The provider can't be asked for longer than a lead should wait."""


class Calls:
    """The calls of one attempt: a job is claimed together with the right to one to its source, more must be taken."""

    def __init__(
        self, source: str, scopes: list[str], *, paces: Mapping[str, Pace], holds: Holds
    ) -> None:
        """`scopes` are those that hold the job."""
        self._source = source
        self._scopes = scopes
        self._paces = paces
        self._holds = holds
        self._rights = {source: 1}
        # Whose key the source is asked with; None: nobody's that is known of yet.
        self.account: Account | None = None

    async def may_make_one(self, account: Account, *, now: datetime) -> Go | NotYet | Away:
        """Whether one more call may be made, to a verifier; not while a pause forbids it or its pace gives no right."""
        refused = self._held(account, now)
        if refused:
            return refused
        provider = account.provider
        if not self._rights.get(provider) and await self._paces[provider].take():
            self._rights[provider] = 1
        # Asked again, because a pause may have come during the wait.
        refused = self._held(account, now)
        if refused:
            return refused
        return Go() if self._rights.get(provider) else NotYet(SHORTEST_WAIT)

    def _held(self, account: Account, now: datetime) -> NotYet | Away | None:
        if self._holds.on(self._scopes, other_key_at=_other_key(self.account)):
            # Where the job waits for it there is nothing more to wait for.
            return NotYet(SHORTEST_WAIT)
        scopes = [f"provider:{account.provider}", account.scope]
        hold = self._holds.on(scopes, other_key_at=_other_key(account))
        if hold is None:
            return None
        if account.provider == self._source:
            return NotYet(SHORTEST_WAIT)
        if hold.reason == RATE_LIMITED and hold.until:
            return NotYet(min(max(hold.until - now, SHORTEST_WAIT), LONGEST_WAIT))
        return Away()

    def make(self, provider: str) -> None:
        """Use up the right to one call, which is made at once."""
        self._rights[provider] -= 1

    async def give_back_rest(self) -> None:
        for provider, rights in self._rights.items():
            for _ in range(rights):
                await self._paces[provider].give_back()


def _other_key(account: Account | None) -> str | None:
    """Where it stands what is wrong with the deployment's key, if that is not the one."""
    return f"provider:{account.provider}" if account and account.workspace_id else None
