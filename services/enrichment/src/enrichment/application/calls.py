from enrichment.application.ports import MayCall, Pace


class Calls:
    """The calls of one attempt: a job is claimed together with the right to one, more must be taken."""

    def __init__(self, pace: Pace, may_call: MayCall) -> None:
        self._pace = pace
        self._may_call = may_call
        self._rights = 1

    async def may_make_one(self) -> bool:
        """Whether one call may be made now; False while a pause forbids it or the pace gives no right."""
        if not self._may_call():
            return False
        if not self._rights and await self._pace.take():
            self._rights += 1
        # Asked again, because a pause may have come during the wait.
        return self._rights > 0 and self._may_call()

    def make(self) -> None:
        """Use up the right to one call, which is made at once."""
        self._rights -= 1

    async def give_back_rest(self) -> None:
        for _ in range(self._rights):
            await self._pace.give_back()
