"""Clay: contacts at a company, and e-mail verification."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadstream_dev.sandbox.data.contacts import (
    Wanted,
    company_info,
    contacts,
    verdict,
    verdict_of,
)
from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Operation, Options
from leadstream_dev.sandbox.providers.data_api import DataApi

Status = Literal["valid", "invalid", "accept_all", "disposable", "unknown"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class KnownCompany(Strict):
    """An exact answer for a domain; what is left out is made up."""

    contacts: list[JsonObject] | None = None
    company_info: JsonObject | None = None
    credits_used: float = 1


class ClayOptions(Options):
    companies: dict[str, KnownCompany] = Field(default_factory=dict)
    """By domain."""
    verdicts: dict[str, Status] = Field(default_factory=dict)
    """By e-mail address."""


class Enrichment(Strict):
    domain: str = Field(min_length=1)
    company_name: str | None = None
    contact_filters: Wanted = Wanted()
    max_contacts: int = Field(ge=1, le=5)


class Verification(Strict):
    # Looser than the RFC, as mail servers are; only what can't be an address is refused.
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Clay(DataApi):
    name = "clay"
    prefix = "/clay/v1"
    options_type = ClayOptions
    options: ClayOptions

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("enrich", "POST", "/enrichment/company", self._enrich),
            Operation("verify", "POST", "/verification/email", self._verify),
        )

    def identify(self, call: Call) -> JsonObject:
        return {
            name: str(call.body[name]).lower() for name in ("domain", "email") if name in call.body
        }

    def _enrich(self, call: Call) -> Answer:
        try:
            asked = Enrichment.model_validate(call.json)
        except ValidationError as exc:
            return _refused(exc)
        domain = asked.domain.lower()
        known = self.options.companies.get(domain, KnownCompany())
        found = known.contacts
        if found is None:
            found = contacts(
                seed=self.world.seed,
                domain=domain,
                wanted=asked.contact_filters,
                limit=asked.max_contacts,
            )
        facts = known.company_info
        if facts is None:
            facts = company_info(seed=self.world.seed, domain=domain, name=asked.company_name)
        return json_answer(
            200,
            {
                "contacts": found[: asked.max_contacts],
                "company_info": facts,
                "credits_used": known.credits_used,
            },
            effects=({"kind": "credits", "domain": domain, "credits": known.credits_used},),
        )

    def _verify(self, call: Call) -> Answer:
        try:
            asked = Verification.model_validate(call.json)
        except ValidationError as exc:
            return _refused(exc)
        pinned = self.options.verdicts.get(asked.email.lower())
        if pinned is not None:
            return json_answer(200, verdict_of(pinned))
        return json_answer(200, verdict(seed=self.world.seed, email=asked.email))


def _refused(exc: ValidationError) -> Answer:
    first = exc.errors()[0]
    where = ".".join(map(str, first["loc"])) or "body"
    return json_answer(400, {"message": f"{where}: {first['msg']}", "code": "invalid_request"})
