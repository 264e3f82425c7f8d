"""What a value must look like to be of use. Each check returns the value, or raises ValueError with what it must be."""

import re

from email_validator import EmailNotValidError, validate_email
from pydantic import SecretStr

from leadstream.pasted import is_key, is_unseen
from leadstream.postgres.url import PostgresUrl
from leadstream.signing import WebhookSecret
from leadstream.urls import UnsafeUrlError, host_of, literal_address, parse_url

_NOT_IN_A_URL = re.compile(r"[\"'`<>\\{}|^]")
_NAMED_ADDRESS = re.compile(r"[^<>]*<(?P<address>[^<>]+)>")
_INSTANCE_ID = re.compile(r"[A-Za-z0-9._-]{1,249}")
_PAIR = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*=\s*[!-~]+( [!-~]+)*")


def check_key(value: SecretStr) -> SecretStr:
    """The key alone, as it goes into a header: a newline or `Bearer ` in it would fail every call."""
    if not is_key(value.get_secret_value()):
        raise ValueError(
            "must be the key alone: printable ASCII without blanks, quotes or brackets"
        )
    return value


def check_http_url(value: str) -> str:
    """A base that paths are added to."""
    url = _unbracketed(value)
    if any(is_unseen(character) for character in url) or _NOT_IN_A_URL.search(url):
        raise ValueError("must be a URL without blanks, quotes or brackets in it")
    try:
        parsed = parse_url(url)
        literal_address(host_of(parsed))
    except UnsafeUrlError as exc:
        raise ValueError(f"must be http://host:port or https://host:port: {exc}") from None
    if "?" in url or "#" in url:
        raise ValueError("must end with its path")
    return str(parsed).rstrip("/")


def _unbracketed(value: str) -> str:
    """`<https://…>` and `<address>` are how mail and Markdown write them."""
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def check_sender(value: str) -> str:
    """An address, or `Name <address>`."""
    text = check_line(_unbracketed(value))
    named = _NAMED_ADDRESS.fullmatch(text)
    try:
        # Whether its domain is verified, the provider says; `.test` is for trying things out.
        validate_email(
            named["address"] if named else text,
            check_deliverability=False,
            test_environment=True,
            allow_smtputf8=False,
        )
    except EmailNotValidError:
        raise ValueError("must be an address, or `Name <address>`") from None
    return text


def check_line(value: str) -> str:
    # A non-breaking space is a space that somebody pasted.
    text = "".join(" " if each.isspace() and each not in "\r\n\t\v\f" else each for each in value)
    if not text.isprintable():
        raise ValueError("must be a single line")
    return text


def check_webhook_secret(value: SecretStr) -> SecretStr:
    WebhookSecret.parse(value.get_secret_value())
    return value


def check_postgres_url(value: SecretStr) -> SecretStr:
    PostgresUrl.parse(value.get_secret_value())
    return value


def check_bootstrap(value: str) -> str:
    servers = [part.strip() for part in value.split(",") if part.strip()]
    if not servers:
        raise ValueError("must name at least one host:port")
    for server in servers:
        _check_server(server)
    return ",".join(servers)


def _check_server(server: str) -> None:
    host, colon, port = server.rpartition(":")
    is_port = port.isascii() and port.isdecimal() and 0 < int(port) < 65536
    if not (host and colon and is_port and is_host(host)):
        raise ValueError("must be host:port, comma separated")


def check_host(value: str) -> str:
    if not is_host(value):
        raise ValueError("must be an address or a host name, without a port")
    return value


def is_host(host: str) -> bool:
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    try:
        literal_address(bare.lower().removesuffix("."))
    except (UnsafeUrlError, ValueError):
        return False
    return bare == host.strip("[]")


def check_instance_id(value: str) -> str:
    if not _INSTANCE_ID.fullmatch(value) or value in {".", ".."}:
        raise ValueError("must be 1 to 249 letters, digits, dots, _ or -")
    return value


def check_headers(value: SecretStr) -> SecretStr:
    pairs = [pair.strip() for pair in value.get_secret_value().split(",") if pair.strip()]
    if not pairs or not all(_PAIR.fullmatch(pair) for pair in pairs):
        raise ValueError("must be name=value, comma separated")
    return value
