"""A record on its way to a platform, and what becomes of the fields that the platform refuses."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias

Fields: TypeAlias = Mapping[str, Any]


class Action(StrEnum):
    MENDED = "mended"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A field that did not go out as we have it, and who said why."""

    field: str
    action: Action
    said: str
    # What of ours it is made from, where that is known.
    ours: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a platform has against one field of a record; without a name, against some value that it does not tell."""

    field: str | None
    code: str
    message: str
    # The value it names, where a batch is refused and the record is not named.
    value: str | None = None
    # There is no such field for us, whatever its value.
    absent: bool = False

    @property
    def said(self) -> str:
        return f"{self.code}: {self.message}"

    def concerns(self, draft: "Draft", name: str | None, *, alone: bool) -> bool:
        """Whether it is about this record of a batch that was refused as a whole."""
        if alone or self.absent:
            return True
        return name is not None and self.value == str(draft.fields[name])


Mend: TypeAlias = Callable[[str, Fields, Complaint], Fields | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a platform's kind of record must have, and how its fields are mended."""

    # Without these there is no record: they may be mended, and never left out.
    required: frozenset[str]
    # All fields anew with the named one mended, or None where nothing better is known than to leave it out.
    mend: Mend
    # Fields that say the same as another: `StateCode` is what `State` may be mended to.
    codes: Mapping[str, str] = field(default_factory=dict)
    # What of ours the fields are made from, in the names of the upload format.
    origins: Mapping[str, str] = field(default_factory=dict)

    def origin(self, name: str | None) -> str | None:
        return self.origins.get(self.plain(name)) if name else None

    def told(self, adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
        """The adjustments with our own names for the fields."""
        return tuple(replace(each, ours=self.origin(each.field)) for each in adjustments)

    def name_in(self, fields: Fields, name: str) -> str | None:
        """What a field that the platform names is called in this record, if it is there."""
        plain = self.plain(name)
        return next((n for n in (name, plain, self.codes.get(plain)) if n in fields), None)

    def plain(self, name: str) -> str:
        return next((plain for plain, code in self.codes.items() if code == name), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One record: its fields as they go out, and what had to be done to them."""

    # Tells the records of one call apart.
    key: str
    fields: Fields
    adjustments: tuple[Adjustment, ...] = ()
    # Mended once already: what is refused again is left out.
    mended: frozenset[str] = frozenset()
    # Sent once more as it is, because somebody else has just made the record.
    repeated: bool = False

    def amended(self, complaints: Iterable[Complaint], form: Form) -> "Draft | None":
        """The record to send instead, or None when nothing can be done about it."""
        draft = self
        for complaint in complaints:
            draft = draft._heed(complaint, form)
        return draft if draft.fields != self.fields else None

    def concerning(
        self, complaints: Sequence[Complaint], form: Form, *, alone: bool
    ) -> list[Complaint]:
        """Those of a whole batch's complaints that are about this record."""
        return [
            each
            for each in complaints
            if each.concerns(
                self, form.name_in(self.fields, each.field) if each.field else None, alone=alone
            )
        ]

    def adjusted(self, name: str, action: Action, said: str) -> "Draft":
        """With a note of it, in place of an earlier one about the same field."""
        others = (each for each in self.adjustments if each.field != name)
        note = Adjustment(field=name, action=action, said=said)
        return replace(self, adjustments=(*others, note))

    def _heed(self, complaint: Complaint, form: Form) -> "Draft":
        if complaint.field is None:
            return self._without(set(self.fields) - form.required, complaint, form)
        name = form.name_in(self.fields, complaint.field)
        if name is None:
            return self
        if name in form.required or name not in self.mended:
            better = form.mend(name, self.fields, complaint)
            if better is not None and better != self.fields:
                return self._with(better, complaint, form)
        return self if name in form.required else self._without({name}, complaint, form)

    def _with(self, fields: Fields, complaint: Complaint, form: Form) -> "Draft":
        names = {*self.fields, *fields}
        changed = {n for n in names if self.fields.get(n) != fields.get(n)}
        draft = replace(self, fields=fields, mended=self.mended | changed)
        for plain in sorted({form.plain(name) for name in changed}):
            action = Action.MENDED if form.name_in(fields, plain) else Action.LEFT_OUT
            draft = draft.adjusted(plain, action, complaint.said)
        return draft

    def _without(self, names: set[str], complaint: Complaint, form: Form) -> "Draft":
        kept = {name: value for name, value in self.fields.items() if name not in names}
        draft = replace(self, fields=kept)
        for name in sorted(names & set(self.fields)):
            draft = draft.adjusted(form.plain(name), Action.LEFT_OUT, complaint.said)
        return draft
