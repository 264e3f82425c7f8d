from leadstream_dev.postgres.server import PostgresServer
from leadstream_dev.postgres.url import PostgresUrl, accepts_queries, require_recent

__all__ = ["PostgresServer", "PostgresUrl", "accepts_queries", "require_recent"]
