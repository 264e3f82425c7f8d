"""Rate limits that all replicas share, in Postgres: tokens are taken in handfuls, before jobs are claimed."""

from dataclasses import dataclass

from leadstream.postgres import Database, load_queries

SQL = load_queries("leadstream.ratelimit", "ratelimit.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A token bucket that all replicas share: `burst` tokens at most, refilled at `per_second`."""

    name: str
    per_second: float
    burst: int


class RateLimiter:
    def __init__(self, database: Database, limit: RateLimit) -> None:
        self._database = database
        self._limit = limit

    async def take(self, wanted: int) -> int:
        """Take up to `wanted` tokens; 0 when there are none."""
        taken = await self._take(wanted)
        if taken is None:
            await self._make()
            taken = await self._take(wanted)
        return taken or 0

    async def _make(self) -> None:
        await self._database.hot.execute(
            SQL.make_bucket, self._limit.name, float(self._limit.burst)
        )

    async def _take(self, wanted: int) -> int | None:
        """Take tokens of the bucket, or return None where there is none yet."""
        taken: int | None = await self._database.hot.fetchval(
            SQL.take_tokens,
            self._limit.name,
            self._limit.per_second,
            float(wanted),
            float(self._limit.burst),
        )
        return taken

    async def take_whole(self, wanted: int) -> float:
        """Take all of `wanted` and return 0, or take none and return how many are missing."""
        missing = await self._take_whole(wanted)
        if missing is None:
            await self._make()
            missing = await self._take_whole(wanted)
        return wanted if missing is None else missing

    async def _take_whole(self, wanted: int) -> float | None:
        missing: float | None = await self._database.hot.fetchval(
            SQL.take_whole_tokens,
            self._limit.name,
            self._limit.per_second,
            float(wanted),
            float(self._limit.burst),
        )
        return missing

    async def give_back(self, count: int) -> None:
        """Return tokens that no call was made with."""
        if count:
            await self._database.hot.execute(SQL.return_tokens, self._limit.name, float(count))

    async def settle(self, back: float, *, most: float) -> None:
        """Return tokens that were taken and not used, or take what was used besides; then there are `most` at most."""
        await self._database.hot.execute(
            SQL.settle_tokens, self._limit.name, self._limit.per_second, back, most
        )

    @property
    def seconds_per_token(self) -> float:
        return 1.0 / self._limit.per_second
