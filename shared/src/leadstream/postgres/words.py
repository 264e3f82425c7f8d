"""The words of a database URL: libpq's (PostgreSQL 17), and what becomes of each with asyncpg."""

import difflib
import os
import re
import socket
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from pathlib import Path
from typing import Final
from urllib.parse import unquote, unquote_plus, urlsplit

# Handed to asyncpg as they are: it reads them as libpq does.
HANDED_ON: Final = frozenset(
    {
        *("host", "port", "user", "password", "dbname", "passfile", "target_session_attrs"),
        *("sslmode", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl", "sslnegotiation"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib"),
    }
)
FILES: Final = ("passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl")
# Honoured here, because asyncpg would send them to the server as settings.
OURS: Final = frozenset(
    {"connect_timeout", "application_name", "fallback_application_name", "options", "service"}
)
# Socket options, which asyncpg has no argument for.
SOCKET: Final = {
    "keepalives": (socket.SOL_SOCKET, "SO_KEEPALIVE"),
    "keepalives_idle": (socket.IPPROTO_TCP, "TCP_KEEPIDLE"),
    "keepalives_interval": (socket.IPPROTO_TCP, "TCP_KEEPINTVL"),
    "keepalives_count": (socket.IPPROTO_TCP, "TCP_KEEPCNT"),
    "tcp_user_timeout": (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT"),
}
# What Linux takes of those that are numbers. 0 is the system's own, as in libpq.
MOST: Final = {
    "keepalives_idle": 32767,
    "keepalives_interval": 32767,
    "keepalives_count": 127,
    "tcp_user_timeout": 2**31 - 1,
}
# Nothing that asyncpg can do: only the values are taken that ask for what it does anyway.
AS_IT_IS: Final[Mapping[str, frozenset[str]]] = {
    "channel_binding": frozenset({"disable", "prefer"}),
    "client_encoding": frozenset({"auto", "utf8", "utf-8", "unicode"}),
    "gssdelegation": frozenset({"0"}),
    "gssencmode": frozenset({"disable", "prefer"}),
    "load_balance_hosts": frozenset({"disable"}),
    "max_protocol_version": frozenset({"3.0", "latest"}),
    "min_protocol_version": frozenset({"3.0"}),
    "replication": frozenset({"false", "off", "no", "0"}),
    "requiressl": frozenset({"0"}),
    "sslcertmode": frozenset({"allow"}),
    "sslcompression": frozenset({"0"}),
    "sslsni": frozenset({"1"}),
    **dict.fromkeys(
        (
            *("hostaddr", "requirepeer", "require_auth", "scram_client_key", "scram_server_key"),
            *("oauth_client_id", "oauth_client_secret", "oauth_issuer", "oauth_scope"),
            *("sslcrldir", "sslkeylogfile"),
        ),
        frozenset(),
    ),
}
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
KNOWN: Final = frozenset({*HANDED_ON, *OURS, *SOCKET, *AS_IT_IS})
_OTHER_NAMES: Final = frozenset({"ssl", "database"})
# What people bring along from other drivers and from the server. Any other word may be the rest of a password.
_ELSEWHERE: Final = frozenset(
    {
        *(
            "pgbouncer",
            "schema",
            "connection_limit",
            "pool_timeout",
            "pool_size",
            "prepareThreshold",
        ),
        *("search_path", "work_mem", "statement_timeout", "lock_timeout", "timezone", "role"),
    }
)
_ESCAPED = "is not a readable URL: in names and passwords @ / ? # % & are written as %40 %2F %3F %23 %25 %26"


class DatabaseUrlError(ValueError):
    """A database URL that can't be honoured. The message names the word, and never a password."""


def read_words(text: str) -> dict[str, str]:
    """The parts of the URL and the words after its `?`, which stand before the parts, as in libpq."""
    if any(ord(each) < 0x20 or ord(each) == 0x7F for each in text):
        raise DatabaseUrlError("is not a readable URL")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise DatabaseUrlError("is not a readable URL") from None
    if parts.scheme not in {"postgres", "postgresql"} or "://" not in text:
        raise DatabaseUrlError("must start with postgresql://")
    if "#" in text or parts.netloc.count("@") > 1 or _PERCENT.search(text):
        raise DatabaseUrlError(_ESCAPED)
    is_first = "@" not in parts.netloc and not parts.path
    if "@" in parts.path or _has_login(parts.query, is_first=is_first):
        raise DatabaseUrlError(_ESCAPED)
    name = unquote(parts.path.removeprefix("/"))
    database = {"dbname": name} if name else {}
    return {**dict(_of_netloc(parts.netloc)), **database, **_of_query(parts.query)}


def _has_login(query: str, *, is_first: bool) -> bool:
    """Whether an @ of the query ends a login, which a `?` or `/` in the password has cut.

    In a value it stands for itself, as in libpq: but for the URL's first, with no slash before it.
    """
    words = [part.partition("=") for part in query.split("&") if part]
    is_clean = all(equals and unquote(word) in {*KNOWN, *_OTHER_NAMES} for word, equals, _ in words)
    return "@" in query and (not is_clean or (is_first and "@" in query.partition("/")[0]))


def _of_netloc(netloc: str) -> Iterator[tuple[str, str]]:
    login, at, servers = netloc.rpartition("@")
    if at:
        user, _, password = login.partition(":")
        yield from (
            (word, unquote(value))
            for word, value in (("user", user), ("password", password))
            if value
        )
    if not servers:
        return
    hosts, ports = zip(*(_server(server) for server in servers.split(",")), strict=True)
    yield "host", ",".join(hosts)
    if any(ports):
        yield "port", ",".join(port or "5432" for port in ports)


def _server(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\[[^\]]+\]|[^:\[\]]*)(?::([0-9]*))?", text)
    if found is None or not found[1] or int(found[2] or 5432) not in range(1, 65536):
        raise DatabaseUrlError(f"{_ESCAPED}; a port is 1 to 65535")
    return unquote(found[1]), found[2] or ""


def _of_query(query: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, equals, raw = part.partition("=")
        word = unquote(name)
        if not equals:
            raise DatabaseUrlError(f"has {_named(word)} without a value")
        # libpq takes a + for itself; asyncpg, and who wrote options for it, for a space.
        value = unquote_plus(raw) if word == "options" else unquote(raw)
        if words.get(word, value) != value:
            raise DatabaseUrlError(f"has {_named(word)} twice")
        words[word] = value
    return dict(_in_libpqs_words(word, value) for word, value in words.items() if value)


def _in_libpqs_words(word: str, value: str) -> tuple[str, str]:
    if word == "ssl" and value.lower() == "true":
        # As JDBC has it; libpq reads it, too.
        return "sslmode", "require"
    # asyncpg takes this for dbname.
    return ("dbname" if word == "database" else word), value


def words_of_service(name: str) -> dict[str, str]:
    """What `service=` stands for. asyncpg goes on without a word where it finds none."""
    path = Path(os.environ.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf")
    services = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    try:
        services.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ConfigParserError):
        raise DatabaseUrlError(f"names a service, and {path.name} can't be read") from None
    if not services.has_section(name):
        raise DatabaseUrlError(f"names a service that is not in {path.name}")
    return dict(services.items(name))


def refuse_unknown(word: str) -> None:
    if word in KNOWN:
        return
    near = difflib.get_close_matches(word.lower(), KNOWN, n=1)
    hint = (
        f"did you mean {near[0]}?" if near else "a server's setting goes into options=-c name=value"
    )
    raise DatabaseUrlError(f"has {_named(word)}, which libpq doesn't know: {hint}")


def _named(word: str) -> str:
    """How a message names a word: by itself, unless it may be a part of a password."""
    return word if word in KNOWN | _ELSEWHERE else "a word after its ?"


def refuse_impossible(word: str, value: str) -> None:
    """Refuse what asyncpg can't do, rather than go on without it: it may be what keeps a connection safe."""
    if word in AS_IT_IS and value.lower() not in AS_IT_IS[word]:
        can = " or ".join(sorted(AS_IT_IS[word]))
        raise DatabaseUrlError(
            f"asks for {word}, which the driver can't do" + (f" but as {can}" if can else "")
        )
