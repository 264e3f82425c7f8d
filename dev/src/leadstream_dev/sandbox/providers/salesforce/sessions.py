"""Sessions by client credentials: the token endpoint and the tokens it gave out."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, Field

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.provider import Options
from leadstream_dev.sandbox.providers.salesforce.assignment import (
    RUNNING_USER,
    AssignmentRule,
    OwnerState,
)

EXTERNAL_ID = "LeadStream_Lead_Id__c"
_USER = f"00D5e0000000001EAA/{RUNNING_USER}"


class Rule(BaseModel):
    """Rows with a value in a field, or with this one, are refused like this."""

    field: str
    value: str | int | None = None
    code: str = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    message: str = "the value breaks a rule of this org"
    named: list[str] = Field(default_factory=list)
    """The fields that the error names."""


class CustomField(BaseModel):
    name: str = Field(pattern=r"^[A-Za-z]\w*__c$")
    type: Literal[
        "string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "int", "double",
        "currency", "percent", "boolean", "date", "datetime", "reference",
    ] = "string"  # fmt: skip
    length: int = 255
    createable: bool = True
    updateable: bool = True
    unique: bool = False
    picklist: list[str] = Field(default_factory=list)
    restricted: bool = False


class SalesforceOptions(Options):
    """`keys` and `revoked` are client ids here."""

    secrets: list[str] = Field(default=["sandbox*"])
    """Shell patterns of the client secrets that are accepted."""
    run_as_user: bool = True
    """Without one, the token endpoint refuses every client."""
    session_seconds: float = 7200
    external_ids: list[str] = Field(default=[EXTERNAL_ID])
    custom_fields: list[str | CustomField] = Field(default_factory=list)
    """One that is only named is a long text."""
    owners: dict[str, OwnerState] = Field(default={RUNNING_USER: "active"})
    """Users (005…) and queues (00G…) by id; `no_leads` is a queue for something else."""
    assignment_rules: list[AssignmentRule] = Field(default_factory=list)
    unseen: list[str] = Field(default_factory=list)
    """Kinds of records, such as AssignmentRule, that the user may not look at."""
    restricted_picklists: dict[str, list[str]] = Field(default_factory=dict)
    state_country_picklists: bool = False
    """On in new orgs: state and country are values of lists, known by label and by code."""
    lengths: dict[str, int] = Field(default_factory=dict)
    """Fields that this org has made shorter."""
    hidden: list[str] = Field(default_factory=list)
    """Fields that the user can't see: for the API there are none such."""
    read_only: list[str] = Field(default_factory=list)
    rules: list[Rule] = Field(default_factory=list)
    duplicate_rule: bool = True
    """Refuse a second lead with an address, unless the call says allowSave."""
    converted: list[str] = Field(default_factory=list)
    """External ids of leads that were converted and can't be updated any more."""


@dataclass(frozen=True, slots=True)
class Session:
    client_id: str
    opened: datetime


class Sessions:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._open: dict[str, Session] = {}
        self._issued: Counter[str] = Counter()

    def grant(
        self, call: Call, options: SalesforceOptions, *, now: datetime, instance: str
    ) -> Answer:
        client = call.form.get("client_id", "")
        refused = _refusal(client, call.form, options)
        if refused is not None:
            return refused
        number = self._issued[client] + 1
        return json_answer(
            200,
            {
                "access_token": self._token(client, number),
                "signature": "c2FuZGJveA==",
                "token_format": "opaque",
                "instance_url": instance,
                "id": f"{instance}/id/{_USER}",
                "token_type": "Bearer",
                "issued_at": str(int(now.timestamp() * 1000)),
            },
            effects=({"kind": "session", "number": number, "at": now.isoformat()},),
        )

    def open(self, client: str, effect: JsonObject) -> None:
        self._issued[client] = effect["number"]
        token = self._token(client, effect["number"])
        self._open[token] = Session(client, datetime.fromisoformat(effect["at"]))

    def client_of(self, token: str | None) -> str | None:
        session = self._open.get(token or "")
        return session.client_id if session else None

    def valid(self, token: str | None, options: SalesforceOptions, now: datetime) -> bool:
        session = self._open.get(token or "")
        if session is None or not options.accept(session.client_id):
            return False
        return now - session.opened < timedelta(seconds=options.session_seconds)

    def expire(self) -> int:
        ended = len(self._open)
        self._open.clear()
        return ended

    def _token(self, client: str, number: int) -> str:
        """The same for the same session, so that the ledger needn't hold it."""
        return f"00D5e0000000001!{sha256(f'{self._seed}:{client}:{number}'.encode()).hexdigest()}"


def oauth_error(code: str, description: str) -> Answer:
    return json_answer(400, {"error": code, "error_description": description})


def _refusal(client: str, form: dict[str, str], options: SalesforceOptions) -> Answer | None:
    if form.get("grant_type") != "client_credentials":
        return oauth_error("unsupported_grant_type", "grant type not supported")
    if not options.accept(client):
        return oauth_error("invalid_client_id", "client identifier invalid")
    if not Options(keys=options.secrets).accept(form.get("client_secret", "")):
        return oauth_error("invalid_client", "invalid client credentials")
    if not options.run_as_user:
        return oauth_error("invalid_grant", "no client credentials user enabled")
    return None
