from datetime import timedelta

from discovery.adapters.turns import SharedTurns
from leadstream.accounts import Account

ACCOUNT = Account(provider="g2")


class FakeBucket:
    """Has a token at each look that it is told to have one at."""

    seconds_per_token = 0.001

    def __init__(self, *looks: int) -> None:
        self._looks = list(looks)
        self.taken = 0

    async def take(self, wanted: int) -> int:
        found = self._looks.pop(0) if self._looks else 0
        self.taken += found
        return found


async def test_a_right_is_waited_for() -> None:
    bucket = FakeBucket(0, 0, 1)

    assert await SharedTurns(bucket, lambda account: True).take(ACCOUNT)

    assert bucket.taken == 1


async def test_one_that_does_not_come_in_time_is_given_up() -> None:
    turns = SharedTurns(FakeBucket(), lambda account: True, patience=timedelta(seconds=0.01))

    assert not await turns.take(ACCOUNT)


async def test_while_the_source_is_paused_no_right_is_taken() -> None:
    bucket = FakeBucket(1)

    assert not await SharedTurns(bucket, lambda account: False).take(ACCOUNT)

    assert bucket.taken == 0
