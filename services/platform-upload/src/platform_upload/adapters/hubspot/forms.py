"""What HubSpot's companies and contacts must have, and how their values are mended."""

import re
from typing import Any

from platform_upload.adapters.hubspot.mapping import LEAD_ID
from platform_upload.adapters.lengths import cut_to
from platform_upload.domain.drafts import Complaint, Fields, Form
from platform_upload.domain.places import same_place

# Cut, they would lead nowhere, or to somebody else.
_WHOLE_OR_NOT = frozenset({"domain", "email", "phone", LEAD_ID})
_OPTIONS = re.compile(r"allowed options:?\s*\[(.*)\]", re.IGNORECASE | re.DOTALL)


def mend(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
    """As one of the options that HubSpot names, or not longer than it says."""
    value = str(fields[name])
    better = _option(value, complaint.message)
    if better is None and name not in _WHOLE_OR_NOT:
        better = cut_to(value, complaint.message)
    return {**fields, name: better} if better else None


COMPANY = Form(required=frozenset({LEAD_ID}), mend=mend)
CONTACT = Form(required=frozenset({"email"}), mend=mend)


def _option(value: str, message: str) -> str | None:
    """The option that says the same: `CA` for California, whatever their case."""
    found: Any = _OPTIONS.search(message)
    if not found:
        return None
    options = [each.strip(" \"'") for each in found[1].split(",")]
    return next((each for each in options if same_place(each, value)), None)
