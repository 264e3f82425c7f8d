"""What recipients choose: as bodies, and by the link in their e-mails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from delivery.adapters.digests import reschedule
from delivery.adapters.preferences import as_json, changed, preferences_of
from delivery.adapters.recipients import SQL, lock_recipient, suppress, suppression_id
from delivery.domain.preferences import (
    MOST_A_DAY,
    PreferenceError,
    Preferences,
    Rhythm,
    at_once,
    spelt_zone,
)
from leadstream.api import Caller, Change, InvalidError, PostgresAudit, Role
from leadstream.clock import Clock
from leadstream.postgres import Database, Tx

RECIPIENT = Caller("recipient", Role.VIEWER)
UNSUBSCRIBED = "unsubscribed"
UNSUBSCRIPTION = {"reason": UNSUBSCRIBED}
ClockTime = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(examples=["22:00"]),
]


class Choices(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _null_is_as_at_first(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        fields = cls.model_fields
        return {
            name: fields[name].get_default(call_default_factory=True)
            if value is None and name in fields
            else value
            for name, value in given.items()
        }


class Rhythms(Choices):
    hot: Rhythm = Rhythm.AT_ONCE
    warm: Rhythm = Rhythm.AT_ONCE
    cold: Rhythm = Rhythm.AT_ONCE


class Quiet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: ClockTime
    end: ClockTime = Field(description="Before the start: the next day's.")

    @field_validator("start", "end", mode="before")
    @classmethod
    def _is_padded(cls, given: Any) -> Any:
        """`8:00` is 08:00, and a day's end the beginning of the next one."""
        text = given.strip() if isinstance(given, str) else given
        if isinstance(text, str) and text[1:2] == ":":
            text = f"0{text}"
        return "00:00" if text == "24:00" else text


class PreferencesBody(Choices):
    """What is left out stays as it is; a null takes a choice back."""

    rhythm: Rhythms = Field(
        default_factory=lambda: Rhythms.model_validate(at_once()),
        description="By score: each lead by itself, or one e-mail an hour, on each morning, on Monday morning.",
    )
    quiet_hours: Quiet | None = Field(None, description="No e-mail then: it waits for their end.")
    zone: Annotated[str, AfterValidator(spelt_zone)] | None = Field(
        None,
        description="The recipient's IANA time zone. Needed for quiet hours, daily and weekly digests, and a cap.",
        examples=["Europe/Berlin"],
    )
    daily_cap: int | None = Field(
        None,
        ge=1,
        le=MOST_A_DAY,
        description="E-mails a day, digests included; the rest goes into the next day's first digest.",
    )
    hot_breaks_through: bool = Field(
        default=False,
        description="Hot leads that are told at once are so in quiet hours and above the cap, too.",
    )

    @field_validator("daily_cap", mode="before")
    @classmethod
    def _is_no_truth(cls, given: Any) -> Any:
        if isinstance(given, bool):
            raise ValueError("must be a number")
        return given


# Null takes all of it back.
OrNothing = Annotated[
    PreferencesBody | None,
    BeforeValidator(
        lambda given: dict.fromkeys(PreferencesBody.model_fields) if given is None else given
    ),
]


def chosen(wants: Preferences, body: PreferencesBody | None) -> Preferences:
    """What a recipient wants who wanted `wants`. Raises InvalidError that names the field."""
    try:
        return changed(wants, body.model_dump(mode="json", exclude_unset=True) if body else {})
    except PreferenceError as exc:
        raise InvalidError(str(exc), field=f"preferences.{exc.field}") from exc


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A recipient's row with all that was chosen, or would be."""
    return {**row, "preferences": as_json(preferences_of(row))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A recipient as their own page shows them."""

    email: str
    wants: Preferences
    # Why they get nothing all the same.
    suppressed: str | None


class PreferencesByToken:
    """For whoever has the link: they have no other credential. Each answers None where the token is nobody's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._audit = PostgresAudit()

    async def get(self, token: str) -> Choice | None:
        row = await self._database.pool.fetchrow(SQL.recipient_of_token, token)
        return None if row is None else _choice(row)

    async def change(
        self, token: str, choose: Callable[[Choice], Preferences | None]
    ) -> Choice | None:
        """Let what they choose hold from now on, and return it; who chooses None changes nothing.

        Whoever wants e-mails again has taken back that they unsubscribed, if that was it.
        """
        async with self._database.transaction() as tx:
            before = await self._locked(tx, token)
            if before is None:
                return None
            wants = choose(_choice(before))
            if wants is not None:
                await self._write(tx, before, wants)
            return _choice(await tx.fetchrow(SQL.recipient_of_token, token))

    async def unsubscribe(self, token: str) -> Choice | None:
        """Send them nothing any more; what they have chosen stays."""
        async with self._database.transaction() as tx:
            before = await self._locked(tx, token)
            if before is None:
                return None
            if await suppress(tx, before["workspace_id"], before["email"], UNSUBSCRIBED):
                await self._record_suppression(tx, before, "created", after=UNSUBSCRIPTION)
            return _choice(await tx.fetchrow(SQL.recipient_of_token, token))

    async def _locked(self, tx: Tx, token: str) -> Any:
        """One after the other: a form that is saved must not undo an unsubscription that it has not seen."""
        found = await tx.fetchrow(SQL.recipient_of_token, token)
        if found is None:
            return None
        await lock_recipient(tx, found["id"])
        return await tx.fetchrow(SQL.recipient_of_token, token)

    async def _write(self, tx: Tx, before: Any, wants: Preferences) -> None:
        recipient_id: UUID = before["id"]
        wanted = preferences_of(before)
        if wants.enabled and await tx.fetchval(
            SQL.resubscribe, before["workspace_id"], before["email"]
        ):
            await self._record_suppression(tx, before, "deleted", before=UNSUBSCRIPTION)
        if (was := _plain(wanted)) != (now := _plain(wants)):
            await tx.execute(
                SQL.choose, recipient_id, wants.min_score, wants.enabled, as_json(wants)
            )
            await reschedule(tx, recipient_id, wanted, wants, now=self._clock.now())
            await self._record(
                tx, before, f"recipient:{recipient_id}", "recipient.changed", was, now
            )

    async def _record_suppression(
        self, tx: Tx, row: Any, what: str, *, before: Any = None, after: Any = None
    ) -> None:
        target = f"suppression:{suppression_id(row['workspace_id'], row['email'])}"
        await self._record(tx, row, target, f"suppression.{what}", before, after)

    async def _record(
        self, tx: Tx, row: Any, target: str, action: str, before: Any, after: Any
    ) -> None:
        change = Change(
            action,
            target,
            reason="by the link in an e-mail",
            before=before,
            after=after,
            workspace_id=row["workspace_id"],
        )
        await self._audit.record(tx, RECIPIENT, change)


def _choice(row: Any) -> Choice:
    return Choice(email=row["email"], wants=preferences_of(row), suppressed=row["suppressed"])


def _plain(wants: Preferences) -> dict[str, Any]:
    return as_json(wants) | {"enabled": wants.enabled, "min_score": wants.min_score.value}
