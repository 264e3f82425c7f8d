"""DMARC records in DNS."""

from collections.abc import Callable
from datetime import timedelta

import dns.exception
import dns.name
import dns.resolver
from dns.asyncresolver import Resolver
from dns.rdtypes.ANY.TXT import TXT

from delivery.application.sender_checks import Unseen
from delivery.domain.dmarc import Fault, Policy, names_to_ask, read_records

PATIENCE = timedelta(seconds=3)


class DnsRecords:
    def __init__(self, resolver: Callable[[], Resolver] = Resolver) -> None:
        """`resolver`: as the system is set up, at the moment of asking; a machine may have none."""
        self._resolver = resolver

    async def find(self, domain: str) -> tuple[str, Policy | Fault] | Unseen | None:
        try:
            resolver = self._resolver()
            for place in names_to_ask(domain):
                found = read_records(await _texts(resolver, place))
                if found is not None:
                    return place, found
        except dns.exception.Timeout:
            return Unseen(f"no answer within {PATIENCE.total_seconds():g} s")
        except dns.resolver.NoNameservers:
            return Unseen("the name servers failed, or refuse to say")
        except dns.exception.DNSException as exc:
            return Unseen(type(exc).__name__)
        return None


async def _texts(resolver: Resolver, place: str) -> list[str]:
    name = dns.name.from_text(place)
    try:
        answer = await resolver.resolve(name, "TXT", lifetime=PATIENCE.total_seconds())
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    # A long record comes in parts, which belong together.
    return [
        b"".join(record.strings).decode(errors="replace")
        for record in answer
        if isinstance(record, TXT)
    ]
