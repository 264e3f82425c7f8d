"""DMARC records as their owners write them, and in DNS."""

import dns.rcode
import pytest

from delivery.adapters import dmarc
from delivery.adapters.dmarc import DnsRecords
from delivery.application.sender_checks import Unseen
from delivery.domain.dmarc import Fault, Policy, names_to_ask, read_records
from support.dns import name_server


@pytest.mark.parametrize(
    ("records", "read"),
    [
        ([], None),
        (["v=spf1 include:amazonses.com ~all", "google-site-verification=x"], None),
        (["v=DMARC1; p=none"], Policy(own="none", below="none")),
        (["v=DMARC1;p=reject;"], Policy(own="reject", below="reject")),
        (["v = DMARC1 ; p = quarantine"], Policy(own="quarantine", below="quarantine")),
        (["v=DMARC1; P=Reject; SP=None"], Policy(own="reject", below="none")),
        (["v=DMARC1; p=reject; sp=?"], Policy(own="reject", below="reject")),
        (
            ["v=DMARC1; p=none; rua=mailto:a@acme.example,mailto:b@acme.example!10m"],
            Policy(own="none", below="none"),
        ),
        (["*", "v=DMARC1; p=none"], Policy(own="none", below="none")),
        # What people get wrong.
        (["v=DMARC1"], Fault.MALFORMED),
        (["v=DMARC1; rua=mailto:a@acme.example"], Fault.MALFORMED),
        (["v=DMARC1 p=none"], Fault.MALFORMED),
        (["v=DMARC1, p=none"], Fault.MALFORMED),
        (["v=DMARC1; p=monitor"], Fault.MALFORMED),
        (["v=DMARC1; p=none; p=reject"], Fault.MALFORMED),
        (["v=dmarc1; p=none"], Fault.MALFORMED),
        (["v=DMARC2; p=none"], Fault.MALFORMED),
        (["v=DMARC; p=none"], Fault.MALFORMED),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], Fault.SEVERAL),
        (["v=DMARC1; p=none", "v=DMARC1; p=none"], Fault.SEVERAL),
    ],
)
def test_a_record_is_read_as_receivers_read_it(
    records: list[str], read: Policy | Fault | None
) -> None:
    assert read_records(records) == read


@pytest.mark.parametrize(
    ("domain", "places"),
    [
        ("acme.example", ["_dmarc.acme.example"]),
        ("alerts.acme.example", ["_dmarc.alerts.acme.example", "_dmarc.acme.example"]),
        ("localhost", ["_dmarc.localhost"]),
        (
            "a.b.c.d.e.f.g.h.i.example",
            # The whole name, then the last seven labels, and so on: never the top level.
            ["_dmarc.a.b.c.d.e.f.g.h.i.example"]
            + [f"_dmarc.{'.'.join('defghi'[at:])}.example" for at in range(6)],
        ),
    ],
)
def test_it_is_looked_for_at_the_domain_and_then_above_it(domain: str, places: list[str]) -> None:
    assert list(names_to_ask(domain)) == places


LONG = f"v=DMARC1; p=reject; rua=mailto:{'a' * 300}@acme.example"


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        ({}, None),
        ({"_dmarc.alerts.acme.example": ["v=spf1 -all"]}, None),
        (
            {"_dmarc.alerts.acme.example": ["v=DMARC1; p=none"]},
            ("_dmarc.alerts.acme.example", Policy(own="none", below="none")),
        ),
        (
            {"_dmarc.acme.example": ["v=DMARC1; p=reject; sp=quarantine"]},
            ("_dmarc.acme.example", Policy(own="reject", below="quarantine")),
        ),
        (
            {"_dmarc.acme.example": [LONG]},
            ("_dmarc.acme.example", Policy(own="reject", below="reject")),
        ),
        (
            {"_dmarc.alerts.acme.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
            ("_dmarc.alerts.acme.example", Fault.SEVERAL),
        ),
        (
            {
                "_dmarc.alerts.acme.example": ["v=DMARC1 p=none"],
                "_dmarc.acme.example": ["v=DMARC1; p=none"],
            },
            ("_dmarc.alerts.acme.example", Fault.MALFORMED),
        ),
        ({"_dmarc.alerts.acme.example": None}, Unseen("no answer within 0.5 s")),
        (
            {"_dmarc.alerts.acme.example": dns.rcode.SERVFAIL},
            Unseen("the name servers failed, or refuse to say"),
        ),
        (
            {"_dmarc.alerts.acme.example": dns.rcode.REFUSED},
            Unseen("the name servers failed, or refuse to say"),
        ),
    ],
)
async def test_it_is_found_in_dns_or_said_why_not(
    zone: dict[str, object], found: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dmarc, "PATIENCE", dmarc.PATIENCE / 6)
    async with name_server(zone) as (_, resolver):  # type: ignore[arg-type]
        assert await DnsRecords(lambda: resolver).find("alerts.acme.example") == found


async def test_a_name_that_is_none_is_no_crash() -> None:
    async with name_server({}) as (_, resolver):
        found = await DnsRecords(lambda: resolver).find(f"{'a' * 70}.example")

    assert isinstance(found, Unseen)
