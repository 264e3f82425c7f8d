"""What the services say of one person, as one document. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FORMAT: Final = "leadstream-person-1"
# What identifies somebody, and goes into a line; all of it is in the document.
_TOLD: Final = ("full_name", "email", "title", "phone", "error", "role", "reason")


@dataclass(slots=True, kw_only=True)
class Everything:
    """By service; `unanswered` says why one has said nothing, or not all."""

    remembered: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    held: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    delivered: list[Mapping[str, Any]] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(self.held.values()) and not any(self.remembered.values())

    def leads(self) -> list[dict[str, Any]]:
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

    def disclosures(self) -> Iterator[dict[str, Any]]:
        """Who got them, when and where: by delivery's word, and by what was uploaded."""
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
                    "at": facts["at"],
                }

    def document(self, email: str, workspace_id: str | None, at: str) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "email": email,
            "workspace_id": workspace_id,
            "at": at,
            "remembered": self.remembered,
            "held": self.held,
            "disclosures": list(self.disclosures()),
            "unanswered": self.unanswered,
        }


def _or_none(revisions: set[int]) -> Sequence[int | None]:
    return sorted(revisions) or (None,)


def line_of(item: Mapping[str, Any]) -> str:
    """What a row says of them, in short."""
    facts = item["facts"]
    inner = facts.get("contact") or facts.get("corrected") or facts
    return ", ".join(str(inner[name]) for name in _TOLD if inner.get(name))


def standing(remembered: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Whether they were erased or have objected, by service."""
    for service, some in remembered.items():
        for each in some:
            where = f"workspace {each['workspace_id']}" if each["workspace_id"] else "all"
            yield service, f"{each['kind']} ({where}) {each['since']}"
