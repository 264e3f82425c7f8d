import idna

from enrichment.domain.domains import LONGEST, company_domain


def domain_of(text: str | None) -> str | None:
    """The company's own domain in what an event names as its domain; None where there is none."""
    return company_domain(text, to_ascii)


def to_ascii(host: str) -> str | None:
    """By UTS #46 and IDNA 2008, which browsers and registries go by; None for what can't be a host name."""
    if len(host) > LONGEST:
        return None
    if host.isascii():
        # IDNA would refuse names that exist, such as `r3---sn.example.com`.
        return host.lower()
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None
