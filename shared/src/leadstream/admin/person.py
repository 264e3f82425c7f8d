"""One person, in all services: what is asked about them, and what the services say, as one document.

Nothing here makes a call, so that whoever asks does it as they can: one after another, or side by side.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from leadstream.admin.answers import (
    Disclosure,
    Disclosures,
    Erased,
    Held,
    HeldPage,
    KnownIn,
    Lifted,
    Remembered,
    ShowPerson,
    WhoGot,
    WithReason,
)
from leadstream.admin.calls import Call
from leadstream.admin.receipts import HOLDERS

FORMAT: Final = "leadstream-person-1"
# As many as delivery takes at once.
LEADS_AT_ONCE: Final = 200
# What identifies somebody, and goes into a line; all of it is in the document.
_TOLD: Final = ("full_name", "email", "title", "phone", "error", "role", "reason")


def object_person(service: str, body: WithReason) -> Call[Erased]:
    """Tell nobody of the person any more. Not finished: what waits to be told is still looked through."""
    return Call(service, "POST", "people/object", Erased, body=body)


def lift_objection(service: str, body: WithReason) -> Call[Lifted]:
    return Call(service, "POST", "people/lift", Lifted, body=body)


@dataclass(slots=True, kw_only=True)
class Everything:
    """What services have said of a person so far, by service; `unanswered` says why one has said nothing, or not all.

    `upcoming` is where each that has more to look through goes on; None: at its beginning.
    """

    upcoming: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(HOLDERS))
    remembered: dict[str, Sequence[Remembered]] = field(default_factory=dict)
    held: dict[str, list[Held]] = field(default_factory=dict)
    delivered: list[Disclosure] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)

    def pages(self, asked: ShowPerson | WithReason) -> list[Call[HeldPage]]:
        """What is to be asked next, of a service each; nothing once all is said."""
        return [
            Call(service, "POST", "people/show", HeldPage, body={**asked, **_place(after)})
            for service, after in self.upcoming.items()
        ]

    def take(self, service: str, page: HeldPage) -> None:
        self.remembered[service] = page["remembered"]
        self.held.setdefault(service, []).extend(page["items"])
        self.upcoming[service] = page["next"]
        if page["next"] is None:
            del self.upcoming[service]

    def miss(self, service: str, why: str) -> None:
        """It has not answered, and is not asked again."""
        self.unanswered[service] = why
        self.upcoming.pop(service, None)

    def questions(self, asked: ShowPerson | WithReason) -> list[Call[Disclosures]]:
        """To delivery, which knows who got the leads that others know the person in."""
        leads = [] if "delivery" in self.unanswered else self.leads()
        return [
            _who_got(leads[start : start + LEADS_AT_ONCE], asked.get("workspace_id"))
            for start in range(0, len(leads), LEADS_AT_ONCE)
        ]

    @property
    def is_empty(self) -> bool:
        return not any(self.held.values()) and not any(self.remembered.values())

    @property
    def has_objected(self) -> bool:
        return any(each["kind"] == "objected" for some in self.remembered.values() for each in some)

    @property
    def rows(self) -> int:
        return sum(map(len, self.held.values()))

    def leads(self) -> list[KnownIn]:
        """The leads that they are in, by revision; without one only where no service knows any."""
        known: dict[str, set[int]] = {}
        for item in (each for items in self.held.values() for each in items):
            # An error may name whom an alert was sent to, and an alert to the person is about somebody else.
            if item["lead_id"] and "error" not in item["facts"]:
                revisions = known.setdefault(item["lead_id"], set())
                revisions |= {item["revision"]} if item["revision"] else set()
        return [
            {"lead_id": lead, "revision": revision}
            for lead, revisions in sorted(known.items())
            for revision in _or_none(revisions)
        ]

    def disclosures(self) -> list[dict[str, Any]]:
        """Who got them, when and where, oldest first: by delivery's word, and by what was uploaded."""
        return sorted(self._disclosures(), key=lambda each: each["at"])

    def _disclosures(self) -> Iterator[dict[str, Any]]:
        for each in self.delivered:
            yield {
                "service": "delivery",
                "workspace_id": each["workspace_id"],
                "lead_id": each["lead_id"],
                "revision": each["revision"],
                "to": each["channel"],
                "where": each["destination"] or each["destination_id"],
                "status": each["status"],
                "at": each["at"],
            }
        for item in self.held.get("platform-upload", ()):
            facts = item["facts"]
            if item["store"] == "uploads" and "upload" in facts:
                yield {
                    "service": "platform-upload",
                    "workspace_id": item["workspace_id"],
                    "lead_id": item["lead_id"],
                    "revision": item["revision"],
                    "to": facts["platform"],
                    "where": f"{facts['adapter']} {facts['external_id'] or ''}".strip(),
                    "status": facts["status"],
                    "at": datetime.fromisoformat(facts["at"]),
                }

    def document(self, email: str, workspace_id: str | None, at: datetime) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "email": email,
            "workspace_id": workspace_id,
            "at": at,
            "remembered": self.remembered,
            "held": self.held,
            "disclosures": self.disclosures(),
            "unanswered": self.unanswered,
        }


def _who_got(leads: list[KnownIn], workspace_id: str | None) -> Call[Disclosures]:
    body: WhoGot = {"leads": leads}
    if workspace_id:
        body["workspace_id"] = workspace_id
    return Call("delivery", "POST", "people/disclosures", Disclosures, body=body)


def _place(after: str | None) -> dict[str, str]:
    return {"after": after} if after else {}


def _or_none(revisions: set[int]) -> Sequence[int | None]:
    return sorted(revisions) or (None,)


def line_of(item: Held) -> str:
    """What a row says of them, in short."""
    facts = item["facts"]
    inner = facts.get("contact") or facts.get("corrected") or facts
    return ", ".join(str(inner[name]) for name in _TOLD if inner.get(name))


def standing(
    remembered: Mapping[str, Sequence[Remembered]],
) -> Iterator[tuple[str, Remembered]]:
    """Whether they were erased or have objected, by service."""
    for service, some in remembered.items():
        for each in some:
            yield service, each


def said_of(erased: Erased) -> dict[str, str]:
    """What came of an objection, in words: by what."""
    out = {f"taken out of {what}": str(rows) for what, rows in erased["removed"].items() if rows}
    return {"objected": "before already" if erased["known"] else "from now on", **out}


def said_of_end(lifted: Lifted) -> dict[str, str]:
    """What came of taking an objection back, in the same form."""
    return {"objection": "lifted" if lifted["lifted"] else "there was none"}
