"""How every connection to Postgres is opened: the pool's, a dedicated one, the command line's."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from leadstream.errors import PermanentError
from leadstream.postgres.session import SESSION, settle
from leadstream.postgres.url import PostgresUrl

# What a server says that is being set up or in trouble: it may say otherwise in a moment.
_PASSING = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
)


async def connect(
    dsn: str | PostgresUrl, *, settings: Mapping[str, str] | None = None, **options: Any
) -> "asyncpg.Connection[Any]":
    """Open a session that is what SESSION says, and what `settings` say on top.

    `options` are asyncpg's; words of the URL stand before them. Raises PermanentError for an address that the server
    refuses for what it says, such as a setting that it doesn't know.
    """
    url = dsn if isinstance(dsn, PostgresUrl) else PostgresUrl.parse(dsn)
    server_settings = {**SESSION, **(settings or {}), **url.server_settings()}
    try:
        connection: asyncpg.Connection[Any] = await asyncpg.connect(
            **{**options, **url.options()}, server_settings=server_settings
        )
    except asyncpg.PostgresError as exc:
        if isinstance(exc, _PASSING):
            raise
        raise PermanentError(f"Postgres refuses the database URL: {exc}") from exc
    try:
        url.set_socket_options(connection)
        await settle(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection
