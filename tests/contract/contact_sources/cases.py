"""The sources and the verifiers. A further one is a class here, and its name in a list."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from contract.contact_sources.case import (
    CLOCK,
    Person,
    SourceCase,
    Throttle,
    VerifierCase,
    Wanted,
)
from enrichment.adapters.clay import Clay
from enrichment.adapters.hunter import Hunter
from enrichment.adapters.people_data_labs import PeopleDataLabs
from enrichment.application.providers import ContactSource, EmailVerifier
from leadstream.http import ProviderClient
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

PATIENCE = timedelta(seconds=30)


def _data_api(status: int, message: str) -> JsonObject:
    return {"status": status, "body": {"error": {"code": "x", "message": message}}}


def _pdl(status: int, kind: str) -> JsonObject:
    return {"status": status, "body": {"status": status, "error": {"type": kind, "message": kind}}}


def _hunter(status: int, kind: str, details: str) -> JsonObject:
    error = {"id": kind, "code": status, "details": details}
    return {"status": status, "body": {"errors": [error]}}


class ClaySource(SourceCase):
    provider = "clay"
    operation = tells = "enrich"
    key = "sandbox-clay"
    throttle = Throttle(_data_api(429, "slow down") | {"headers": {"retry-after": "30"}}, 30)
    no_credits = _data_api(402, "credits exhausted")
    refusal = _data_api(400, "max_contacts: must be a number")

    def source(self, client: ProviderClient, url: str) -> ContactSource:
        return Clay(client, CLOCK, url=f"{url}/clay/v1", verification_timeout=PATIENCE)

    async def know(self, sandbox: Sandbox, domain: str, *people: Person) -> None:
        contacts = [self.record(person) for person in people]
        await sandbox.control.company(domain, contacts=contacts, credits_used=len(people))

    def wanted(self, entry: Entry) -> Wanted:
        filters = entry.body["contact_filters"]
        words = [*filters["job_titles"], *filters["seniority_levels"]]
        return Wanted(
            domain=entry.body["domain"],
            people=entry.body["max_contacts"],
            words=frozenset(word.lower() for word in words),
        )

    def listing(self, people: object) -> JsonObject:
        return {"contacts": people, "credits_used": 1}

    def record(self, person: Person) -> JsonObject:
        return {"full_name": person.name, "title": person.title, "email": person.email}


class PeopleDataLabsSource(SourceCase):
    provider = "people_data_labs"
    operation = tells = "search"
    key = "sandbox-people-data-labs"
    wrong_keys = ("nobody", "sandbox-clay", "sandbox-hunter")
    throttle = Throttle(_pdl(429, "rate_limit_error"), 60)
    no_credits = _pdl(402, "payment_required")
    refusal = _pdl(400, "invalid_request_error")
    trains = True

    def source(self, client: ProviderClient, url: str) -> ContactSource:
        return PeopleDataLabs(
            client,
            CLOCK,
            url=f"{url}/people_data_labs/v5",
            sandbox_url=f"{url}/people_data_labs/sandbox/v5",
        )

    async def know(self, sandbox: Sandbox, domain: str, *people: Person) -> None:
        known = {domain: {"people": [self.record(person) for person in people]}}
        await sandbox.control.options(self.provider, companies=known)

    def wanted(self, entry: Entry) -> Wanted:
        query = entry.body["query"]["query"]["bool"]
        levels, *titles = query["must"][0]["bool"]["should"]
        phrases = [title["match_phrase"]["job_title"] for title in titles]
        executives = {"cxo", "owner", "partner", "vp"} & set(levels["terms"]["job_title_levels"])
        words = {*phrases, *levels["terms"]["job_title_levels"]}
        return Wanted(
            domain=query["filter"][0]["term"]["job_company_website"],
            people=entry.body["size"],
            # Their word for executives is four.
            words=frozenset(words | ({"executive"} if len(executives) == 4 else set())),
        )

    def listing(self, people: object) -> JsonObject:
        return {"status": 200, "data": people, "total": 1}

    def record(self, person: Person) -> JsonObject:
        return {
            "full_name": person.name,
            "job_title": person.title,
            "work_email": person.email,
            "personal_emails": ["private@gmail.com"],
        }


class ClayVerifier(VerifierCase):
    provider = "clay"
    operation = "verify"
    key = "sandbox-clay"
    throttle = ClaySource.throttle
    no_credits = ClaySource.no_credits
    refusal = ClaySource.refusal
    said: ClassVar[Mapping[str, str]] = {
        status: status for status in ("valid", "invalid", "accept_all", "disposable", "unknown")
    }

    def verifier(self, client: ProviderClient, url: str, *, timeout: timedelta) -> EmailVerifier:
        return Clay(client, CLOCK, url=f"{url}/clay/v1", verification_timeout=timeout)

    async def know(self, sandbox: Sandbox, email: str, said: str) -> None:
        await sandbox.control.verdict(email, said)

    def document(self, status: object) -> JsonObject:
        return {"valid": None, "status": status}


class HunterVerifier(VerifierCase):
    provider = "hunter"
    operation = "verify"
    key = "sandbox-hunter"
    wrong_keys = ("nobody", "sandbox-clay", "sandbox-people-data-labs")
    throttle = Throttle(_hunter(403, "too_many_requests", "You have reached the rate limit"), 60)
    no_credits = _hunter(429, "usage_limit", "You have reached your usage limit")
    refusal = _hunter(400, "wrong_params", "You are missing a parameter")
    said: ClassVar[Mapping[str, str]] = ClayVerifier.said | {"webmail": "unknown"}

    def verifier(self, client: ProviderClient, url: str, *, timeout: timedelta) -> EmailVerifier:
        return Hunter(client, CLOCK, url=f"{url}/hunter/v2", verification_timeout=timeout)

    async def know(self, sandbox: Sandbox, email: str, said: str) -> None:
        await sandbox.control.options(self.provider, verdicts={email: said})

    def document(self, status: object) -> JsonObject:
        return {"data": {"status": status, "email": "ann@acme.com"}}


SOURCES: Sequence[SourceCase] = (PeopleDataLabsSource(),)
VERIFIERS: Sequence[VerifierCase] = (HunterVerifier(),)
