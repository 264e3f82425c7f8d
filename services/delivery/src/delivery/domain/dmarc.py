"""DMARC: what a domain's owner asks receivers to do with mail that only claims to come from it (RFC 7489, RFC 9989)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

VERSION = "v=DMARC1"
# So many labels are walked up to, as the RFC limits it.
MOST_LABELS = 8
_POLICIES = frozenset({"none", "quarantine", "reject"})


class Fault(StrEnum):
    # Receivers take it as if there was none.
    MALFORMED = "malformed"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A record that receivers obey."""

    # For this very domain, and for those below it.
    own: str
    below: str


def names_to_ask(domain: str) -> tuple[str, ...]:
    """Where the domain's record may be: its own place first, then its parents', but for the top level."""
    labels = domain.split(".")
    parents = (labels[at:] for at in range(max(1, len(labels) - MOST_LABELS + 1), len(labels) - 1))
    return tuple(f"_dmarc.{'.'.join(name)}" for name in (labels, *parents))


def read_records(texts: Sequence[str]) -> Policy | Fault | None:
    """What the TXT records at one place say; None: nothing of DMARC."""
    # Others may be there, too: a wildcard answers for every name.
    records = [text for text in texts if _is_meant(text)]
    if not records:
        return None
    if len(records) > 1:
        return Fault.SEVERAL
    return _read(records[0])


def _is_meant(text: str) -> bool:
    """Also of those that people mistype: receivers look past them, and the owner should not."""
    return text.strip().lower().replace(" ", "").startswith("v=dmarc")


def _read(record: str) -> Policy | Fault:
    version, *tags = (part.strip() for part in record.split(";"))
    if version.replace(" ", "") != VERSION:
        return Fault.MALFORMED
    pairs = [tuple(each.strip() for each in tag.partition("=")[::2]) for tag in tags if tag]
    found = {name.lower(): value.lower() for name, value in pairs}
    own = found.get("p")
    if own not in _POLICIES or len(found) != len(pairs):
        return Fault.MALFORMED
    below = found.get("sp", own)
    return Policy(own=own, below=below if below in _POLICIES else own)
