"""Leads as Salesforce Leads, by external id."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import orjson

from leadstream.http import EgressGuard, expect_calls
from platform_upload.adapters.exchange import Exchange, Reply, external_id
from platform_upload.adapters.fields import key, no_other, parts
from platform_upload.adapters.salesforce.answers import (
    bad_picklist_fields,
    judge,
    judge_row,
)
from platform_upload.adapters.salesforce.mapping import EXTERNAL_ID, lead_row, without
from platform_upload.adapters.salesforce.sessions import Sessions, check_settings
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import Checked, Given, Parcel
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    Untried,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection

Row = Mapping[str, Any]

expect_calls("salesforce", "token", "upsert", "describe")


class SalesforceAdapter:
    name = "salesforce"
    limit = BatchLimit(items=200, size_bytes=2_000_000)
    keeps_state = True

    def __init__(self, exchange: Exchange, guard: EgressGuard, *, api_version: str) -> None:
        self._exchange = exchange
        self._guard = guard
        self._sessions = Sessions(exchange, guard)
        self._data = f"/services/data/v{api_version.removeprefix('v')}"

    async def check(self, given: Given, held: Connection | None) -> Checked:
        settings, credentials = parts(given, held)
        no_other(settings, {"my_domain", "login_url"}, "settings")
        no_other(credentials, {"client_id", "client_secret"}, "credentials")
        names = ("client_id", "client_secret")
        return Checked(
            check_settings(settings, self._guard),
            {name: key(credentials, name) for name in names},
        )

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        rows = [lead_row(parcel.lead) for parcel in parcels]
        results, reply = await self._upsert(connection, rows, budget)
        answers = [_answer(result, reply) for result in results]
        again = {
            at: second
            for at, (row, result) in enumerate(zip(rows, results, strict=True))
            if (second := _second_try(row, result)) is not None
        }
        if again:
            tried = await self._try_again(connection, list(again.values()), budget)
            for at, answer in zip(again, tried, strict=True):
                answers[at] = answer
        return answers

    async def _try_again(
        self, connection: Connection, rows: Sequence[Row], budget: Budget
    ) -> Sequence[Answer]:
        """Whatever becomes of these, the other rows of the batch have been accepted."""
        try:
            results, reply = await self._upsert(connection, rows, budget)
        except RefusedError as exc:
            return [exc.refused] * len(rows)
        except SpentError:
            return [Untried()] * len(rows)
        return [_answer(result, reply) for result in results]

    async def probe(self, connection: Connection, budget: Budget) -> str:
        reply = await self._call(
            "describe", connection, budget, "GET", "/sobjects/Lead/describe", None
        )
        described = reply.content if isinstance(reply.content, dict) else {}
        fields = {each.get("name"): each for each in described.get("fields") or ()}
        ours = fields.get(EXTERNAL_ID)
        if not ours or not ours.get("externalId") or not ours.get("unique"):
            refused = Refused(
                verdict=Verdict.CONFIGURATION,
                code="INVALID_FIELD",
                message=f"Lead needs the field {EXTERNAL_ID}, unique and an external id",
            )
            raise RefusedError(refused)
        return f"Salesforce takes the credentials; Lead has the field {EXTERNAL_ID}"

    async def _upsert(
        self, connection: Connection, rows: Sequence[Row], budget: Budget
    ) -> tuple[list[Any], Reply]:
        """The rows' results, in their order, and the answer they came in."""
        body = {"allOrNone": False, "records": rows}
        path = f"/composite/sobjects/Lead/{EXTERNAL_ID}"
        reply = await self._call("upsert", connection, budget, "PATCH", path, body)
        results = reply.content
        if not isinstance(results, list) or len(results) != len(rows):
            message = "Salesforce's answer has not one result for each row"
            raise RefusedError(reply.refused(Verdict.AMBIGUOUS, "unreadable", message))
        return results, reply

    async def _call(
        self,
        operation: str,
        connection: Connection,
        budget: Budget,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
    ) -> Reply:
        """Call with the session there is, and once more with a new one if that has expired."""
        refused: Refused | None = None
        for _ in range(2):
            session = await self._sessions.get(connection, budget)
            request = httpx.Request(
                method,
                f"{session.instance_url}{self._data}{path}",
                content=orjson.dumps(body) if body is not None else None,
                headers={
                    "authorization": f"Bearer {session.token}",
                    "content-type": "application/json",
                    # A person known under the same address is no reason to lose the lead.
                    "sforce-duplicate-rule-header": "allowSave=true",
                },
            )
            reply = await self._exchange.send(operation, request, budget)
            refused = judge(reply)
            if refused is None:
                return reply
            if refused.verdict is not Verdict.REAUTH_ONCE:
                raise RefusedError(refused)
            self._sessions.drop(connection, session)
        assert refused is not None  # noqa: S101 - the loop has run
        # A session from a moment ago: the client may log in, and do nothing.
        raise RefusedError(replace(refused, verdict=Verdict.CREDENTIAL))


def _second_try(row: Row, result: Any) -> Row | None:
    """What to send again at once: without values that are in none of this org's lists, or to update a twin."""
    if result.get("success"):
        return None
    errors = result.get("errors") or ()
    if any(error.get("statusCode") == "DUPLICATE_VALUE" for error in errors):
        return row
    kept = without(row, bad_picklist_fields(errors))
    return kept if len(kept) < len(row) else None


def _answer(result: Any, reply: Reply) -> Answer:
    if not result.get("success"):
        return judge_row(result.get("errors") or (), reply)
    outcome = UploadOutcome.CREATED if result.get("created") else UploadOutcome.UPDATED
    return Accepted(outcome=outcome, external_id=external_id(result.get("id")))
