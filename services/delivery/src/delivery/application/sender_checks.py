"""What may keep e-mails from arriving, before anybody misses one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from delivery.domain.dmarc import Fault, Policy

# Each is looked up in DNS.
MOST_DOMAINS = 20
# Resend goes on sending while it looks again for what was there before.
_SENDS_STILL = frozenset({"temporary_failure", "partially_verified", "partially_failed"})
MAY_SEND = _SENDS_STILL | {"verified"}
_BULK = "Gmail, Yahoo and Microsoft refuse bulk mail without one"


class Grade(StrEnum):
    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    grade: Grade
    detail: str
    # What to do about it.
    advice: str = ""


@dataclass(frozen=True, slots=True)
class SendingDomain:
    """A domain that e-mails come from, and whose it is, in words."""

    name: str
    of: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """It could not be looked at; `is_refused`: and nothing can be sent either."""

    reason: str
    is_refused: bool = False


class VerifiedDomains(Protocol):
    async def statuses(self) -> Mapping[str, str] | Unseen:
        """The status at Resend of each domain of the account, by name."""


class DmarcRecords(Protocol):
    async def find(self, domain: str) -> tuple[str, Policy | Fault] | Unseen | None:
        """The record that receivers go by, and its place; None: there is none."""


async def check_senders(
    domains: Sequence[SendingDomain],
    verified: VerifiedDomains,
    records: DmarcRecords,
    *,
    public_url: str | None,
) -> list[Check]:
    """Look at the domains that e-mails come from, and at what they offer their recipients."""
    statuses, found = await asyncio.gather(
        verified.statuses(), asyncio.gather(*(records.find(domain.name) for domain in domains))
    )
    checks = [check_account(statuses)] if isinstance(statuses, Unseen) else []
    for domain, record in zip(domains, found, strict=True):
        if not isinstance(statuses, Unseen):
            checks.append(check_domain(domain, statuses))
        checks.append(check_dmarc(domain, record))
    return [*checks, check_one_click(public_url)]


def check_account(unseen: Unseen) -> Check:
    detail = f"whether the senders' domains are verified at Resend can't be seen: {unseen.reason}"
    if unseen.is_refused:
        return Check(Grade.BAD, detail, "Put in a key that Resend takes (RESEND_API_KEY).")
    return Check(Grade.NOTE, detail, "Look there, under Domains.")


def check_domain(domain: SendingDomain, statuses: Mapping[str, str]) -> Check:
    """Resend takes a From of exactly a domain that is verified, and signs with it: then it is aligned."""
    what = f"{domain.name}, the domain of {domain.of},"
    status = statuses.get(domain.name)
    if status == "verified":
        return Check(Grade.OK, f"{what} is verified at Resend, and signs what it sends (aligned)")
    if status in _SENDS_STILL:
        detail = f"{what} is {_read(status)} at Resend: it still sends, and may soon not"
        return Check(Grade.NOTE, detail, "Compare its DNS records with those that Resend shows.")
    if status is not None:
        detail = f"{what} is {_read(status)} at Resend, which refuses all e-mails from it"
        advice = "Put the DNS records that Resend shows for it where they belong, then verify it."
        return Check(Grade.BAD, detail, advice)
    if near := _near(domain.name, statuses):
        detail = (
            f"{what} is not the one that is verified at Resend, which is {near}: not aligned, and"
            " refused"
        )
        return Check(Grade.BAD, detail, f"Send from an address at {near}, or verify this one too.")
    detail = f"{what} is none of the domains of this account at Resend, which refuses it"
    return Check(Grade.BAD, detail, "Add and verify it there, or send from one that is.")


def check_dmarc(domain: SendingDomain, found: tuple[str, Policy | Fault] | Unseen | None) -> Check:
    name = domain.name
    match found:
        case None:
            advice = (
                f"Publish a TXT record at _dmarc.{name}, such as `v=DMARC1; p=none; rua=mailto:…`."
            )
            return Check(Grade.NOTE, f"{name} has no DMARC record: {_BULK}", advice)
        case Unseen(reason=reason):
            detail = f"the DMARC record of {name} could not be looked up: {reason}"
            return Check(Grade.NOTE, detail, "Look again later.")
        case (place, Fault.SEVERAL):
            detail = f"{place} has several DMARC records, which counts as none: {_BULK}"
            return Check(Grade.BAD, detail, "Leave one of them.")
        case (place, Fault.MALFORMED):
            detail = f"the DMARC record at {place} can't be read, which counts as none: {_BULK}"
            advice = "It begins with `v=DMARC1; p=`, and `p` is none, quarantine or reject."
            return Check(Grade.BAD, detail, advice)
        case (place, Policy() as policy):
            in_force = policy.own if place == f"_dmarc.{name}" else policy.below
            return _check_policy(place, in_force)


def _check_policy(place: str, in_force: str) -> Check:
    detail = f"DMARC record at {place}: p={in_force}"
    if in_force == "none":
        advice = "It only watches. When its reports are clean, ask for quarantine, then reject."
        return Check(Grade.NOTE, detail, advice)
    return Check(Grade.OK, detail)


def check_one_click(public_url: str | None) -> Check:
    if public_url is None:
        detail = "e-mails don't offer to unsubscribe with one click: DELIVERY_PUBLIC_URL is not set"
        advice = "Gmail and Yahoo ask it of bulk senders. Set it to where recipients reach /u/."
        return Check(Grade.NOTE, detail, advice)
    if not public_url.startswith("https://"):
        detail = (
            f"mail programs offer one click for https only, and DELIVERY_PUBLIC_URL is {public_url}"
        )
        return Check(Grade.NOTE, detail, "Put TLS before it.")
    return Check(Grade.OK, f"e-mails offer to unsubscribe with one click, at {public_url}/u/")


def _near(domain: str, statuses: Mapping[str, str]) -> str | None:
    """A verified domain above or below it: what somebody may have meant."""
    return next(
        (
            name
            for name, status in statuses.items()
            if status == "verified" and (domain.endswith(f".{name}") or name.endswith(f".{domain}"))
        ),
        None,
    )


def _read(status: str) -> str:
    return status.replace("_", " ")
