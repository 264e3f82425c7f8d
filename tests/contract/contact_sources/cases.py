"""The sources and the verifiers. A further one is a class here, and its name in a list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from contract.contact_sources.case import (
    CLOCK,
    Person,
    SourceCase,
    Throttle,
    VerifierCase,
    Wanted,
)
from enrichment.adapters.clay import Clay
from enrichment.adapters.clay_public import ClayPublicV0
from enrichment.adapters.hunter import Hunter
from enrichment.adapters.people_data_labs import PeopleDataLabs
from enrichment.application.ports import Ending
from enrichment.application.providers import ContactSource, EmailVerifier
from leadstream.accounts import Account
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
    operation = asks = tells = "enrich"
    key = "sandbox-clay"
    throttle = Throttle(_data_api(429, "slow down") | {"headers": {"retry-after": "30"}}, 30)
    no_credits = _data_api(402, "credits exhausted")
    refusal = _data_api(400, "max_contacts: must be a number")

    def deployment(self, sandbox: Sandbox) -> Mapping[str, Any]:
        return {"clay_api_key": self.key, "clay_api_url": f"{sandbox.url}/clay/v1"}

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
    operation = asks = tells = "search"
    key = "sandbox-people-data-labs"
    wrong_keys = ("nobody", "sandbox-clay", "sandbox-hunter")
    throttle = Throttle(_pdl(429, "rate_limit_error"), 60)
    no_credits = _pdl(402, "payment_required")
    refusal = _pdl(400, "invalid_request_error")
    trains = True

    def deployment(self, sandbox: Sandbox) -> Mapping[str, Any]:
        return {
            "people_data_labs_api_key": self.key,
            "people_data_labs_api_url": sandbox.people_data_labs_url,
            "people_data_labs_sandbox_url": sandbox.people_data_labs_sandbox_url,
            "people_data_labs_per_second": 1000,
        }

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
        executives = {"cxo", "owner", "vp"} <= set(levels["terms"]["job_title_levels"])
        words = {*phrases, *levels["terms"]["job_title_levels"]}
        return Wanted(
            domain=query["filter"][0]["term"]["job_company_website"],
            people=entry.body["size"],
            # Of executives there are several levels.
            words=frozenset(words | ({"executive"} if executives else set())),
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


class ClayPublicSource(SourceCase):
    provider = "clay_public_v0"
    # Who there is costs nothing, and their addresses do.
    operation = "run_routine"
    asks = "create_search"
    tells = "run_search"
    name_field = "name"
    key = "sandbox-clay-public"
    settings: ClassVar[Mapping[str, Any]] = {"routine_id": "function:t_abc123"}
    throttle = Throttle(
        {"status": 429, "body": {"message": "slow down"}, "headers": {"retry-after": "30"}}, 30
    )
    no_credits: ClassVar[JsonObject] = {"status": 402, "body": {"message": "out of credits"}}
    refusal: ClassVar[JsonObject] = {"status": 400, "body": {"message": "Validation failed: items"}}
    # Of any other the run may have been begun.
    undone = (503,)
    unread = Ending.FAILED

    def deployment(self, sandbox: Sandbox) -> Mapping[str, Any]:
        return {
            "clay_public_v0_api_key": self.key,
            "clay_public_v0_api_url": f"{sandbox.url}/clay/public/v0",
            "clay_public_v0_routine_id": self.settings["routine_id"],
        }

    def source(self, client: ProviderClient, url: str) -> ContactSource:
        url = f"{url}/clay/public/v0"
        return ClayPublicV0(client, CLOCK, url=url, rest=timedelta(seconds=1))

    def searching(self) -> Account:
        return replace(self.account(), settings={})

    async def know(self, sandbox: Sandbox, domain: str, *people: Person) -> None:
        known = [
            {"name": person.name, "title": person.title, "email": person.email} for person in people
        ]
        await sandbox.control.options(self.provider, companies={domain: known})

    def wanted(self, entry: Entry) -> Wanted:
        filters = entry.body["filters"]
        levels = filters["job_title_seniority_levels_v2"]
        executives = {"founder", "owner", "c-suite", "vp"} <= set(levels)
        words = {word.lower() for word in (*filters["job_title_keywords"], *levels)}
        (domain,) = filters["company_identifier"]
        return Wanted(
            domain=domain,
            people=None,
            words=frozenset(words | ({"executive"} if executives else set())),
        )

    def listing(self, people: object) -> JsonObject:
        return {"data": people, "has_more": False}

    def record(self, person: Person) -> JsonObject:
        experience = {"company": "Acme", "title": person.title, "end_date": None}
        return {"name": person.name, "title": person.title, "matched_experiences": [experience]}


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
    said: ClassVar[Mapping[str, str]] = {**ClayVerifier.said, "webmail": "unknown"}

    def verifier(self, client: ProviderClient, url: str, *, timeout: timedelta) -> EmailVerifier:
        return Hunter(client, CLOCK, url=f"{url}/hunter/v2", verification_timeout=timeout)

    async def know(self, sandbox: Sandbox, email: str, said: str) -> None:
        await sandbox.control.options(self.provider, verdicts={email: said})

    def document(self, status: object) -> JsonObject:
        return {"data": {"status": status, "email": "ann@acme.com"}}


SOURCES: Sequence[SourceCase] = (ClaySource(), PeopleDataLabsSource(), ClayPublicSource())
VERIFIERS: Sequence[VerifierCase] = (ClayVerifier(), HunterVerifier())
