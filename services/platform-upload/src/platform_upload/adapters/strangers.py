"""Answers that are not the platform's own: a proxy's page, a gateway's status, some other server at its address."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from platform_upload.adapters.reply import Reply
from platform_upload.domain.answers import Refused, Verdict

# How long a connection rests at whose address the API is not: short at first, for a proxy that has lost its way may
# have found it by then, and nobody need be told; at last as long as for any other fault in a set-up.
FIRST_REST = timedelta(seconds=10)
LONGEST_REST = timedelta(minutes=15)

NOT_THE_API = "not_the_api"
_NOT_HERE = frozenset({301, 302, 303, 307, 308, 404, 405})
_MAY_HAVE_ARRIVED = frozenset({408, 504, 524})
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class _Rest:
    since: datetime
    length: timedelta


class Strangers:
    """Tells a fault on the way, which passes, from an address at which the API is not."""

    def __init__(self) -> None:
        self._rests: dict[str, _Rest] = {}

    def hear(self, address: str, reply: Reply, *, known: bool) -> Refused | None:
        """None where it is the platform that speaks: its words are for its adapter."""
        if known:
            self._rests.pop(address, None)
            return None
        if reply.ok:
            return None
        if reply.status not in _NOT_HERE:
            return _passing(reply)
        after = self._rest(address, reply.received_at)
        message = f"the API is not at this address, which answers {reply.status}"
        verdict = Verdict.RETRY if after == FIRST_REST else Verdict.CONFIGURATION
        return reply.refused(verdict, NOT_THE_API, message, after=after, throttled=True)

    def _rest(self, address: str, now: datetime) -> timedelta:
        """Twice the last one; calls that were under way together count once."""
        last = self._rests.get(address)
        if last and now < last.since + last.length / 2:
            return last.length
        length = min(last.length * 2, LONGEST_REST) if last else FIRST_REST
        self._rests[address] = _Rest(now, length)
        return length


def _passing(reply: Reply) -> Refused:
    """Whatever its status says: nobody knows who said it."""
    verdict = Verdict.AMBIGUOUS if reply.status in _MAY_HAVE_ARRIVED else Verdict.RETRY
    message = f"something on the way to the platform answered {reply.status}"
    throttled = reply.status == _TOO_MANY
    return reply.refused(verdict, f"http_{reply.status}", message, throttled=throttled)
