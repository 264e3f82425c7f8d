"""Host names in ASCII, by UTS #46 and IDNA 2008: what browsers and registries go by."""

import idna

LONGEST = 253


def to_ascii(host: str) -> str | None:
    """`München.example` → `xn--mnchen-3ya.example`; None for what can't be a host name."""
    if len(host) > LONGEST:
        return None
    if host.isascii():
        # The caller judges it. IDNA would refuse names that exist, such as `r3---sn.example.com`.
        return host.lower()
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None
