"""A database URL as libpq reads it, in what asyncpg takes."""

import os
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

import asyncpg
from asyncpg import connect_utils

from leadstream.pasted import is_unseen
from leadstream.postgres.session import FIXED
from leadstream.postgres.words import (
    FILES,
    HANDED_ON,
    MOST,
    SOCKET,
    DatabaseUrlError,
    read_words,
    refuse_impossible,
    refuse_unknown,
    words_of_service,
)

# How the server reads `options`: `-c name=value` and `--name=value`.
_OPTION = re.compile(r"(?:-c\s*|--)([A-Za-z_][A-Za-z0-9_.-]*)\s*=")
_SYSTEM_CAS = "system"


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """What a connection is opened with. Its repr says nothing: there is a password in it."""

    words: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `postgresql://…`; raise DatabaseUrlError for what asyncpg could not honour."""
        words = read_words(text)
        if "service" in words:
            words = words_of_service(words.pop("service")) | words
        for word, value in words.items():
            refuse_unknown(word)
            refuse_impossible(word, value)
        url = cls(words)
        url._check()
        return url

    @property
    def user(self) -> str | None:
        return self.words.get("user")

    @property
    def password(self) -> str | None:
        return self.words.get("password")

    @property
    def dsn(self) -> str:
        """The words that asyncpg reads itself, and no other."""
        own = {word: value for word, value in self.words.items() if word in HANDED_ON}
        if own.get("sslrootcert") == _SYSTEM_CAS:
            own = {word: value for word, value in own.items() if not word.startswith("ssl")}
        return f"postgresql://?{urlencode(own, quote_via=quote)}"

    def options(self) -> dict[str, Any]:
        """Arguments of `asyncpg.connect`, but for the server's settings."""
        options: dict[str, Any] = {"dsn": self.dsn}
        if (seconds := int(self.words.get("connect_timeout", 0))) > 0:
            options["timeout"] = float(seconds)
        if self.words.get("sslrootcert") == _SYSTEM_CAS:
            options["ssl"] = ssl.create_default_context()
        return options

    def server_settings(self) -> dict[str, str]:
        return {
            name: self.words[name] for name in ("application_name", "options") if name in self.words
        }

    def set_socket_options(self, connection: "asyncpg.Connection[Any]") -> None:
        """Do what `keepalives…` ask for, which asyncpg has no argument for."""
        wanted = self._socket_options()
        transport = connection._transport  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
        sock = transport.get_extra_info("socket")
        if not wanted or sock.family not in {socket.AF_INET, socket.AF_INET6}:
            return
        for word, value in wanted.items():
            level, name = SOCKET[word]
            sock.setsockopt(level, getattr(socket, name), value)

    def _socket_options(self) -> dict[str, int]:
        """As in libpq: 0 leaves a number to the system, and with `keepalives=0` theirs say nothing."""
        given = {word: int(self.words[word]) for word in SOCKET if word in self.words}
        if given:
            # On, where only the times are given.
            given = {"keepalives": 1} | given
        is_on = given.get("keepalives") != 0
        return {
            word: value
            for word, value in given.items()
            if word == "keepalives" or (value and (is_on or not word.startswith("keepalives")))
        }

    def _check(self) -> None:
        for word in ("connect_timeout", *SOCKET):
            if word in self.words and not re.fullmatch(r"-?[0-9]{1,9}", self.words[word]):
                raise DatabaseUrlError(f"has a {word} that is no whole number")
        for word in SOCKET:
            if word in self.words and not hasattr(socket, SOCKET[word][1]):
                raise DatabaseUrlError(f"asks for {word}, which this system can't do")
        for word, value in self._socket_options().items():
            if word in MOST and value not in range(MOST[word] + 1):
                raise DatabaseUrlError(f"has a {word} that is not within 0 and {MOST[word]}")
        _check_servers(self.words)
        _check_options(self.words.get("options", ""))
        self._check_files()
        _ask_driver(self.options())

    def _check_files(self) -> None:
        if self.words.get("sslrootcert") == _SYSTEM_CAS and (
            self.words.get("sslmode", "verify-full") != "verify-full"
            or any(word in self.words for word in ("sslcert", "sslkey", "sslcrl"))
        ):
            raise DatabaseUrlError(
                "has sslrootcert=system, which goes with sslmode=verify-full alone"
            )
        for word in FILES:
            path = self.words.get(word)
            if path and (word, path) != ("sslrootcert", _SYSTEM_CAS) and not _is_readable(path):
                raise DatabaseUrlError(f"has a {word} that is no file which can be read")
        passfile = self.words.get("passfile")
        if passfile and Path(passfile).stat().st_mode & 0o077:
            raise DatabaseUrlError(
                "has a passfile that others may read, too: it would be passed over"
            )


def _check_servers(words: Mapping[str, str]) -> None:
    """Refuse ports and hosts that there can't be, wherever they stood."""
    for port in words.get("port", "").split(","):
        if port and not (re.fullmatch(r"\s*[0-9]{1,9}\s*", port) and 0 < int(port) < 65536):
            raise DatabaseUrlError("has a port that is none: they are 1 to 65535")
    for host in words.get("host", "").split(","):
        # The folder of a socket may have anything in its name.
        if not host.startswith("/") and any(is_unseen(each) for each in host):
            raise DatabaseUrlError("has a host with a blank or an unseen character in it")


def _check_options(options: str) -> None:
    for name in _OPTION.findall(options):
        if name.replace("-", "_").lower() in FIXED:
            raise DatabaseUrlError(f"sets {name} in its options, which the code sets itself")


def _is_readable(path: str) -> bool:
    return Path(path).is_file() and os.access(path, os.R_OK)


def _ask_driver(options: dict[str, Any]) -> None:
    """Let asyncpg itself read what it will be given: it would say the same at each try to connect."""
    unset = (
        "host",
        "port",
        "user",
        "password",
        "passfile",
        "database",
        "direct_tls",
        "server_settings",
    )
    more = ("target_session_attrs", "krbsrvname", "gsslib", "service", "servicefile")
    given: dict[str, Any] = {"ssl": None} | {
        name: options[name] for name in ("dsn", "ssl") if name in options
    }
    try:
        connect_utils._parse_connect_dsn_and_args(  # type: ignore[attr-defined]  # noqa: SLF001 - not public
            **dict.fromkeys((*unset, *more)), **given
        )
    except asyncpg.InterfaceError as exc:
        raise DatabaseUrlError(f"is refused by the driver: {str(exc).splitlines()[0]}") from None
    except (ValueError, OSError, KeyError, AttributeError) as exc:
        raise DatabaseUrlError(f"is refused by the driver ({type(exc).__name__})") from None
