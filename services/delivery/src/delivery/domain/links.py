"""Links that may be shown to people: http and https to a full host name, and nothing else."""

import re
from urllib.parse import quote, urlsplit

LONGEST = 2000
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_ADDRESS = re.compile(rf"[A-Za-z0-9._+-]{{1,64}}@(?:{_LABEL}\.)+[a-z]{{2,63}}", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


def web_link(url: str | None) -> str | None:
    """The link in a form that is inert in any markup, or None if it is none that we show."""
    if not url or len(url) > LONGEST or _UNSAFE.search(url.strip()):
        return None
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        host = host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in {"http", "https"} or "@" in parts.netloc:
        return None
    if not _HOST.fullmatch(host):
        return None
    authority = f"{host}:{port}" if port else host
    return f"{parts.scheme.lower()}://{authority}{_path(parts.path)}{_rest('?', parts.query)}"


def domain_link(domain: str | None) -> str | None:
    return web_link(f"https://{domain}") if domain else None


def shown_host(link: str) -> str:
    """What a link is called in text: its host, so that the text never claims another one."""
    return (urlsplit(link).hostname or "").removeprefix("www.")


def _path(path: str) -> str:
    return quote(path, safe="/%:@!$&()*+,;=~-._")


def _rest(mark: str, text: str) -> str:
    return mark + quote(text, safe="/%:@!$&()*+,;=~-._?") if text else ""


def mail_link(address: str | None) -> str | None:
    """A `mailto:` for a plain address; None for anything that could add a header or a second recipient."""
    return f"mailto:{address}" if address and _ADDRESS.fullmatch(address) else None
