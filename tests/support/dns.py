"""A name server on this machine, in place of the Internet's."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.asyncresolver import Resolver


class NameServer(asyncio.DatagramProtocol):
    """Knows the TXT records it is given; an rcode in their place is its answer, None is none at all."""

    def __init__(self, zone: Mapping[str, Sequence[str] | dns.rcode.Rcode | None]) -> None:
        self._zone = zone
        self.asked: list[str] = []
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name
        self.asked.append(name.to_text(omit_final_dot=True))
        known = self._zone.get(self.asked[-1], dns.rcode.NXDOMAIN)
        if known is None or self._transport is None:
            return
        answer = dns.message.make_response(query)
        if isinstance(known, dns.rcode.Rcode):
            answer.set_rcode(known)
        else:
            records = [" ".join(_quoted(part) for part in parts(text)) for text in known]
            answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", records))
        self._transport.sendto(answer.to_wire(), addr)


def parts(text: str) -> list[str]:
    """As zones hold long texts: in strings of 255 bytes at most."""
    return [text[at : at + 255] for at in range(0, len(text), 255)] or [""]


def _quoted(part: str) -> str:
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


@asynccontextmanager
async def name_server(
    zone: Mapping[str, Sequence[str] | dns.rcode.Rcode | None],
) -> AsyncIterator[tuple[NameServer, Resolver]]:
    """The server, and a resolver that asks it and nobody else."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(zone), local_addr=("127.0.0.1", 0)
    )
    resolver = Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        yield server, resolver
    finally:
        transport.close()
