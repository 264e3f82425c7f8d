"""libpq's URLs with asyncpg: what the driver can do is handed on, and what it can't is refused by name."""

import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from leadstream.postgres import DatabaseUrlError, PostgresUrl


def words(text: str) -> dict[str, str]:
    """What asyncpg is given."""
    given = parse_qs(urlsplit(PostgresUrl.parse(text).dsn).query, strict_parsing=True)
    return {word: value for word, (value,) in given.items()}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PGSERVICEFILE", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "postgresql://me:pw@db.example:5433/leads",
            {
                "user": "me",
                "password": "pw",
                "host": "db.example",
                "port": "5433",
                "dbname": "leads",
            },
        ),
        ("postgres://db/leads", {"host": "db", "dbname": "leads"}),
        ("postgresql://me@/leads", {"user": "me", "dbname": "leads"}),
        ("postgresql:///leads?user=me", {"dbname": "leads", "user": "me"}),
        (
            "postgresql://m%40e:p%23w%2F%25@db/l%20d",
            {"user": "m@e", "password": "p#w/%", "host": "db", "dbname": "l d"},
        ),
        ("postgresql://a,b:6000/l", {"host": "a,b", "port": "5432,6000", "dbname": "l"}),
        (
            "postgresql://a:1,b:2,[::1]:3/l?target_session_attrs=read-write",
            {
                "host": "a,b,[::1]",
                "port": "1,2,3",
                "dbname": "l",
                "target_session_attrs": "read-write",
            },
        ),
        (
            "postgresql://%2Fvar%2Frun%2Fpostgresql/l",
            {"host": "/var/run/postgresql", "dbname": "l"},
        ),
        ("postgresql:///l?host=/tmp&port=6000", {"dbname": "l", "host": "/tmp", "port": "6000"}),
        ("postgresql://db/l?user=a+b&password=c%2Bd", {"user": "a+b", "password": "c+d"}),
        ("postgresql://db/l?dbname=other&host=there", {"dbname": "other", "host": "there"}),
        ("postgresql://db/l?sslmode=", {"host": "db", "dbname": "l"}),
        ("postgresql://db/l?ssl=true", {"sslmode": "require"}),
        ("postgresql://db/l?sslmode=disable", {"sslmode": "disable"}),
        ("postgresql://db/l?connect_timeout=5&keepalives=1", {"host": "db", "dbname": "l"}),
        ("postgresql://db", {"host": "db"}),
        ("postgresql://db/l?user=me@server", {"user": "me@server", "host": "db", "dbname": "l"}),
        ("postgresql:///l?host=/run/a@b&password=p@w", {"host": "/run/a@b", "password": "p@w"}),
        ("postgresql://?host=/run/x&user=me@server", {"host": "/run/x", "user": "me@server"}),
        (
            "postgresql://u:p%2Fw%3Fx%26@db/l",
            {"user": "u", "password": "p/w?x&", "host": "db"} | {"dbname": "l"},
        ),
        ("postgresql://db/l?port=65535", {"host": "db", "port": "65535", "dbname": "l"}),
    ],
)
def test_a_url_is_read_as_libpq_does(text: str, read: dict[str, str]) -> None:
    found = words(text)

    assert {word: found.get(word) for word in read} == read
    assert len(found) == len(read) or "?" in text


@pytest.mark.parametrize(
    "word",
    [
        "channel_binding=prefer",
        "channel_binding=disable",
        "gssencmode=disable",
        "client_encoding=UTF8",
        "load_balance_hosts=disable",
        "sslcompression=0",
        "sslsni=1",
        "fallback_application_name=x",
        "keepalives_idle=30",
        "keepalives_interval=10",
        "keepalives_count=3",
        "tcp_user_timeout=1000",
        "connect_timeout=0",
        "options=-c%20work_mem%3D8MB",
        "options=-c+work_mem%3D8MB",
        "target_session_attrs=primary",
        "ssl_min_protocol_version=TLSv1.3",
    ],
)
def test_what_the_driver_does_anyway_or_we_do_for_it_is_taken(word: str) -> None:
    assert PostgresUrl.parse(f"postgresql://db/l?{word}").dsn


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("channel_binding=require", "channel_binding"),
        ("gssencmode=require", "gssencmode"),
        ("client_encoding=LATIN1", "client_encoding"),
        ("load_balance_hosts=random", "load_balance_hosts"),
        ("hostaddr=10.0.0.1", "hostaddr"),
        ("require_auth=scram-sha-256", "require_auth"),
        ("requirepeer=postgres", "requirepeer"),
        ("replication=database", "replication"),
        ("sslcrldir=/x", "sslcrldir"),
        ("sslcertmode=require", "sslcertmode"),
        ("sslcompression=1", "sslcompression"),
        ("sslsni=0", "sslsni"),
        ("requiressl=1", "requiressl"),
        ("max_protocol_version=3.2", None),
        ("connect_timeout=soon", "connect_timeout"),
        ("connect_timeout=1.5", "connect_timeout"),
        ("keepalives_idle=x", "keepalives_idle"),
        ("sslmode=on", "sslmode"),
        ("target_session_attrs=any-old", "target_session_attrs"),
        ("ssl_min_protocol_version=TLSv9", "TLSv9"),
        ("sslrootcert=/nowhere/ca.pem", "sslrootcert"),
        ("sslcert=/nowhere/c.pem", "sslcert"),
        ("passfile=/nowhere/pgpass", "passfile"),
        ("sslmode=verify-full", "root"),
        ("sslmode=require&sslrootcert=system", "sslrootcert=system"),
        ("service=nowhere", "service"),
        ("sslMode=require", "did you mean sslmode"),
        ("ssl_mode=require", "did you mean sslmode"),
        ("connectTimeout=1", "did you mean connect_timeout"),
        ("pgbouncer=true", "pgbouncer"),
        ("schema=leads", "schema"),
        ("work_mem=8MB", "options=-c name=value"),
        ("search_path=x", "search_path"),
        ("options=-c%20search_path%3Dx", "search_path"),
        ("options=--statement-timeout%3D5", "statement-timeout"),
        ("options=-cdefault_transaction_isolation%3Dserializable", "default_transaction_isolation"),
        ("connect_timeout", "connect_timeout"),
        ("user=a&user=b", "user twice"),
        ("port=x", None),
    ],
)
def test_what_the_driver_can_not_do_is_refused_by_name(word: str, said: str | None) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        PostgresUrl.parse(f"postgresql://me:s3cret@db/l?{word}")

    message = str(refused.value)
    assert (said or "") in message
    assert "s3cret" not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "leads",
        "mysql://u:s3cret@db/l",
        "postgresql:db/l",
        "http://db/l",
        "postgresql+asyncpg://u:s3cret@db/l",
        "postgresql://u:s3cret@db:port/l",
        "postgresql://u:s3cret@db:0/l",
        "postgresql://u:s3cret@db:99999/l",
        "postgresql://u:s3cret@a,b:x/l",
        "postgresql://u:s3cret@[::1/l",
        "postgresql://u:s3cret@::1/l",
        "postgresql://u:s3cret@a,,b/l",
        "postgresql://u:s3c@ret@db/l",
        "postgresql://u:s3c#ret@db/l",
        "postgresql://u:s3c/ret@db/l",
        "postgresql://u:s3c%ret@db/l",
        "postgresql://u:s3cret@db/l#x",
        "postgresql://u:s3cret@db/l\n",
        "postgresql://u:s3\tcret@db/l",
        "postgresql://u:s3cret%00@db/l",
        "host=db user=u password=s3cret",
    ],
)
def test_what_is_no_such_url_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        PostgresUrl.parse(text)

    assert "s3c" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app:7/geheim@db/leads",
        "postgresql://app:/geheim@db/leads",
        "postgresql://app:geheim/x@db/leads",
        "postgresql://app:7/x/geheim@db/leads",
        "postgresql://app:?geheim@db/leads",
        "postgresql://app:12?geheim@db/leads",
        "postgresql://app:12?geheim&x@db/leads",
        "postgresql://app:12?geheim=1@db/leads",
        "postgresql://app:12?geheim=1&x@db/leads",
        "postgresql://app:12?geheim=1&geheim=2@db/leads",
        "postgresql://app:12?user=geheim@db/leads",
        "postgresql://app:7/x?geheim@db/leads",
        "postgresql://app:7/x?geheim=@db/leads",
    ],
)
def test_a_password_that_ends_too_early_is_refused_with_what_it_takes(text: str) -> None:
    with pytest.raises(DatabaseUrlError, match="%40 %2F %3F") as refused:
        PostgresUrl.parse(text)

    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    "query",
    [
        "user=app&geheim",
        "password=x&geheim&y=1",
        "password=x&geheim=1",
        "password=x&geheim=1&geheim=2",
        "password=x&GeHeim%3D=1",
    ],
)
def test_a_word_that_may_be_of_a_password_is_not_quoted(query: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        PostgresUrl.parse(f"postgresql://db/leads?{query}")

    assert "geheim" not in str(refused.value).lower()


@pytest.mark.parametrize(
    "port", ["0", "65536", "99999", "-1", "5432,0", "1.5", "\u0665", "999999999999"]
)
def test_a_port_that_is_none_is_refused_in_words_and_services(home: Path, port: str) -> None:
    (home / ".pg_service.conf").write_text(f"[leads]\nhost=a,b\nport={port}\n", encoding="utf-8")

    for words_ in (f"host=a,b&port={port}", "service=leads"):
        with pytest.raises(DatabaseUrlError, match="port"):
            PostgresUrl.parse(f"postgresql:///l?{words_}")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://h\u200b/l",
        "postgresql://h%E2%80%8B/l",
        "postgresql://u:p@h\ufeff:5432/l",
        "postgresql://a,b\u00a0/l",
        "postgresql://h /l",
        "postgresql:///l?host=h%20",
        "postgresql:///l?host=\u200eh",
    ],
)
def test_a_host_with_unseen_characters_is_refused(text: str) -> None:
    with pytest.raises(DatabaseUrlError, match="unseen"):
        PostgresUrl.parse(text)


def test_the_time_to_connect_is_the_drivers() -> None:
    assert PostgresUrl.parse("postgresql://db/l?connect_timeout=7").options()["timeout"] == 7
    assert "timeout" not in PostgresUrl.parse("postgresql://db/l?connect_timeout=0").options()


def test_a_service_is_what_its_file_says(home: Path) -> None:
    (home / ".pg_service.conf").write_text(
        "# ours\n[leads]\nhost=db.example\nuser=me\nconnect_timeout=4\n[bad]\nchannel_binding=require\n",
        encoding="utf-8",
    )

    url = PostgresUrl.parse("postgresql://you@/l?service=leads")

    assert words("postgresql://you@/l?service=leads") == {
        "host": "db.example",
        "user": "you",
        "dbname": "l",
    }
    assert url.options()["timeout"] == 4
    for name, said in (("bad", "channel_binding"), ("other", "not in .pg_service.conf")):
        with pytest.raises(DatabaseUrlError, match=said):
            PostgresUrl.parse(f"postgresql:///l?service={name}")


def test_the_systems_authorities_verify_the_whole_name() -> None:
    options = PostgresUrl.parse(
        "postgresql://db/l?sslmode=verify-full&sslrootcert=system"
    ).options()

    assert options["ssl"].check_hostname
    assert "ssl" not in urlsplit(options["dsn"]).query


def test_a_passfile_that_others_may_read_is_refused(home: Path) -> None:
    passfile = home / "pgpass"
    passfile.write_text("*:*:*:*:pw\n", encoding="utf-8")
    passfile.chmod(0o644)

    with pytest.raises(DatabaseUrlError, match="passfile"):
        PostgresUrl.parse(f"postgresql://db/l?passfile={passfile}")

    passfile.chmod(0o600)
    assert words(f"postgresql://db/l?passfile={passfile}")["passfile"] == str(passfile)


def test_its_repr_says_nothing() -> None:
    assert "s3cret" not in repr(PostgresUrl.parse("postgresql://u:s3cret@db/l"))


class FakeConnection:
    """What set_socket_options needs of asyncpg's connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._transport = self

    def get_extra_info(self, _: str) -> socket.socket:
        return self._socket


def test_keepalives_are_set_on_the_socket() -> None:
    url = PostgresUrl.parse(
        "postgresql://db/l?keepalives_idle=31&keepalives_interval=7&keepalives_count=4&tcp_user_timeout=900"
    )

    with socket.socket() as sock:
        url.set_socket_options(FakeConnection(sock))  # type: ignore[arg-type]  # what it looks at

        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
        found = [sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names]
        assert found == [31, 7, 4, 900]


@pytest.mark.parametrize(
    ("query", "is_on", "changed"),
    [
        ("keepalives_idle=0", True, {}),
        ("keepalives_interval=0&keepalives_count=0", True, {}),
        (
            "keepalives_idle=32767&keepalives_interval=32767&keepalives_count=127",
            True,
            {"TCP_KEEPIDLE": 32767, "TCP_KEEPINTVL": 32767, "TCP_KEEPCNT": 127},
        ),
        ("keepalives_idle=1&keepalives_interval=0", True, {"TCP_KEEPIDLE": 1}),
        ("keepalives=2", True, {}),
        ("keepalives=-1", True, {}),
        ("keepalives=0", False, {}),
        ("keepalives=0&keepalives_idle=0", False, {}),
        ("keepalives=0&keepalives_idle=99999&keepalives_count=3", False, {}),
        ("keepalives=0&tcp_user_timeout=900", False, {"TCP_USER_TIMEOUT": 900}),
        ("keepalives=0&tcp_user_timeout=0", False, {}),
        ("tcp_user_timeout=999999999", True, {"TCP_USER_TIMEOUT": 999999999}),
    ],
)
def test_nothing_is_the_systems_own_time(
    query: str, *, is_on: bool, changed: dict[str, int]
) -> None:
    names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")

    def times(sock: socket.socket) -> dict[str, int]:
        return {name: sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names}

    with socket.socket() as sock:
        before = times(sock)
        PostgresUrl.parse(f"postgresql://db/l?{query}").set_socket_options(FakeConnection(sock))  # type: ignore[arg-type]

        assert (sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1) is is_on
        assert times(sock) == before | changed


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *(("keepalives_idle", value) for value in ("-1", "-5", "32768", "99999999")),
        *(("keepalives_interval", value) for value in ("-1", "32768")),
        *(("keepalives_count", value) for value in ("-1", "128", "1000")),
        *(("tcp_user_timeout", value) for value in ("-1", "9999999999")),
    ],
)
def test_a_time_that_no_socket_takes_is_refused_by_name(word: str, value: str) -> None:
    with pytest.raises(DatabaseUrlError, match=word):
        PostgresUrl.parse(f"postgresql://db/l?{word}={value}")


def test_without_a_word_about_them_they_are_left_as_they_are() -> None:
    with socket.socket() as sock:
        PostgresUrl.parse("postgresql://db/l").set_socket_options(FakeConnection(sock))  # type: ignore[arg-type]

        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
