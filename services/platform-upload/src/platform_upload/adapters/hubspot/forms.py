"""What HubSpot's companies and contacts must have, and how their values are mended."""

import re

from platform_upload.adapters.hubspot.mapping import COMPANY_ORIGINS, CONTACT_ORIGINS, LEAD_ID
from platform_upload.adapters.lengths import cut_to
from platform_upload.domain.drafts import Complaint, Fields, Form
from platform_upload.domain.places import country_code, same_words, state_codes

# Cut, they would lead nowhere, or to somebody else.
_WHOLE_OR_NOT = frozenset({"domain", "email", "phone", LEAD_ID})
_OPTIONS = re.compile(r"allowed options:?\s*\[(.*)\]", re.IGNORECASE | re.DOTALL)
# `Germany (DE)`.
_WITH_CODE = re.compile(r"([^()]+)\((\w{2,3})\)")


def mend(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
    """As one of the options that HubSpot names, or not longer than it says."""
    value = str(fields[name])
    better = _option(name, fields, complaint.message)
    if better is None and name not in _WHOLE_OR_NOT:
        better = cut_to(value, complaint.message)
    return {**fields, name: better} if better else None


COMPANY = Form(required=frozenset({LEAD_ID}), mend=mend, origins=COMPANY_ORIGINS)
CONTACT = Form(required=frozenset({"email"}), mend=mend, origins=CONTACT_ORIGINS)


def _option(name: str, fields: Fields, message: str) -> str | None:
    """The option that says the same, whatever its case: for California `CA`, but for the country of Georgia `GE`."""
    found = _OPTIONS.search(message)
    if not found:
        return None
    value = str(fields[name])
    options = [each.strip(" \"'") for each in found[1].split(",")]
    same = (each for each in options if same_words(each, value))
    places = _places(name, value, fields)
    by_code = (each for each in options if places & _places(name, each, fields))
    return next(same, None) or next(by_code, None)


def _places(name: str, called: str, fields: Fields) -> frozenset[str]:
    """What a value means where it is a place: a name, a code, or both where they say the same."""
    with_code = _WITH_CODE.fullmatch(called)
    if with_code:
        return _places(name, with_code[1], fields) & _places(name, with_code[2], fields)
    if name == "country":
        code = country_code(called)
        return frozenset({code} if code else ())
    return state_codes(called, fields.get("country")) if name == "state" else frozenset()
