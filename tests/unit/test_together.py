import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from leadstream.together import Together


class Doubler:
    """Answers each number with its double, once it may."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.fault: Exception | None = None

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append(list(numbers))
        self.is_asked.set()
        await self.may_answer.wait()
        if self.fault:
            raise self.fault
        return [2 * number for number in numbers]


async def test_who_comes_at_the_same_time_is_one_question() -> None:
    doubler = Doubler()
    doubler.may_answer.set()
    together = Together(doubler)

    answers = await asyncio.gather(*map(together, [1, 2, 3, 2]))

    assert answers == [2, 4, 6, 4]
    assert doubler.asked == [[1, 2, 3, 2]]


async def test_who_comes_while_a_question_is_under_way_is_part_of_the_next() -> None:
    doubler = Doubler()
    together = Together(doubler)
    first = asyncio.create_task(together(1))
    await doubler.is_asked.wait()
    others = [asyncio.create_task(together(number)) for number in (2, 3)]

    doubler.may_answer.set()

    assert await asyncio.gather(first, *others) == [2, 4, 6]
    assert doubler.asked == [[1], [2, 3]]


async def test_a_fault_is_everybodys_and_ends_with_them() -> None:
    doubler = Doubler()
    doubler.may_answer.set()
    doubler.fault = ConnectionError("away")
    together = Together(doubler)

    ended = await asyncio.gather(together(1), together(2), return_exceptions=True)
    doubler.fault = None

    assert [type(each) for each in ended] == [ConnectionError, ConnectionError]
    assert await together(3) == 6


@pytest.mark.parametrize("fault", [RuntimeError, asyncpg.DeadlockDetectedError, asyncpg.DataError])
async def test_what_one_brings_is_not_its_neighbours_fault(fault: type[Exception]) -> None:
    async def ask(numbers: Sequence[int]) -> list[int]:
        if 13 in numbers:
            raise fault
        return [2 * number for number in numbers]

    together = Together(ask)

    ended = await asyncio.gather(*map(together, [1, 13, 3]), return_exceptions=True)

    assert [ended[0], type(ended[1]), ended[2]] == [2, fault, 6]


async def test_what_is_to_be_apart_is_never_one_question() -> None:
    doubler = Doubler()
    doubler.may_answer.set()
    together = Together(doubler, apart=lambda number: number % 2)

    answers = await asyncio.gather(*map(together, [1, 2, 3, 4]))

    assert answers == [2, 4, 6, 8]
    assert doubler.asked == [[1, 3], [2, 4]]


async def test_who_gives_up_is_asked_for_no_more_and_holds_nobody_up() -> None:
    doubler = Doubler()
    together = Together(doubler)
    first = asyncio.create_task(together(1))
    await doubler.is_asked.wait()
    impatient, patient = asyncio.create_task(together(2)), asyncio.create_task(together(3))
    await asyncio.sleep(0)

    first.cancel()
    impatient.cancel()
    doubler.may_answer.set()

    assert await patient == 6
    assert doubler.asked == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_what_is_refused_is_parted_from_its_neighbours() -> None:
    async def refuse_three(numbers: Sequence[int]) -> list[int]:
        if 3 in numbers:
            # As asyncpg says it of a value that fits no parameter.
            raise asyncpg.DataError("no such number")
        return [2 * number for number in numbers]

    together = Together(refuse_three)

    answers = await asyncio.gather(*map(together, [1, 2, 3, 4, 5]), return_exceptions=True)

    assert answers[:2] == [2, 4]
    assert isinstance(answers[2], asyncpg.DataError)
    assert answers[3:] == [8, 10]
