"""Where a Postgres is, and whether it is up."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from leadstream.errors import PermanentError
from leadstream.postgres import DatabaseUrlError, connect
from leadstream_dev.errors import StackError

OLDEST = 15
# Not all of OSError: a key file in ~/.postgresql that may not be read does not become readable by waiting.
_NOT_YET = (
    ConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    # Another server, that took the port first.
    asyncpg.InvalidPasswordError,
)


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """A server and a database on it."""

    url: str

    def url_for(self, database: str) -> str:
        """Return the URL of another database on the same server, for the same user."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))


async def accepts_queries(url: str) -> bool:
    try:
        connection = await connect(url, timeout=5)
    except _NOT_YET:
        return False
    await connection.close()
    return True


async def require_recent(url: str) -> None:
    """Raise StackError unless a Postgres that is new enough answers there."""
    try:
        connection = await connect(url, timeout=10)
    except DatabaseUrlError as exc:
        raise StackError(f"DATABASE_URL {exc}") from None
    except (OSError, asyncpg.PostgresError, PermanentError) as exc:
        raise StackError(f"DATABASE_URL is set, but Postgres does not let us in: {exc}") from exc
    version = connection.get_server_version().major
    await connection.close()
    if version < OLDEST:
        raise StackError(f"DATABASE_URL names PostgreSQL {version}; {OLDEST} or newer is needed")
