"""What HubSpot's companies and contacts must have, and how their values are mended."""

import re
from dataclasses import dataclass

from platform_upload.adapters.hubspot.layout import LEAD_ID, PLAIN, Layout
from platform_upload.adapters.lengths import cut_to
from platform_upload.domain.drafts import Complaint, Fields, Form, Mend
from platform_upload.domain.field_map import WHOLE_OR_NOT, FieldMap, Ours
from platform_upload.domain.places import country_code, same_words, state_codes

_OPTIONS = re.compile(r"allowed options:?\s*\[(.*)\]", re.IGNORECASE | re.DOTALL)
# `Germany (DE)`.
_WITH_CODE = re.compile(r"([^()]+)\((\w{2,3})\)")


def company_form(layout: Layout) -> Form:
    return Form(
        required=frozenset({LEAD_ID}),
        mend=_mender(layout.company),
        origins={LEAD_ID: "id", **layout.company.origins(people="contacts")},
    )


def contact_form(layout: Layout) -> Form:
    return Form(
        required=frozenset({"email"}),
        mend=_mender(layout.contact),
        origins=layout.contact.origins(people="contacts"),
    )


def _mender(fields: FieldMap) -> Mend:
    """Mends as one of the options that HubSpot names, or to not longer than it says."""
    whole = fields.of_kind(*WHOLE_OR_NOT) | {LEAD_ID}
    places = _Places(fields.name_of(Ours.STATE), fields.name_of(Ours.COUNTRY))

    def mend(name: str, held: Fields, complaint: Complaint) -> Fields | None:
        value = str(held[name])
        better = _option(name, held, complaint.message, places)
        if better is None and name not in whole:
            better = cut_to(value, complaint.message)
        return {**held, name: better} if better else None

    return mend


def _option(name: str, fields: Fields, message: str, places: "_Places") -> str | None:
    """The option that says the same, whatever its case: for California `CA`, but for the country of Georgia `GE`."""
    found = _OPTIONS.search(message)
    if not found:
        return None
    value = str(fields[name])
    options = [each.strip(" \"'") for each in found[1].split(",")]
    same = (each for each in options if same_words(each, value))
    meant = places.meant(name, value, fields)
    by_code = (each for each in options if meant & places.meant(name, each, fields))
    return next(same, None) or next(by_code, None)


@dataclass(frozen=True, slots=True)
class _Places:
    """What the properties with a state and a country are called."""

    state: str | None
    country: str | None

    def meant(self, name: str, called: str, fields: Fields) -> frozenset[str]:
        """What a value means where it is a place: a name, a code, or both where they say the same."""
        with_code = _WITH_CODE.fullmatch(called)
        if with_code:
            return self.meant(name, with_code[1], fields) & self.meant(name, with_code[2], fields)
        if name == self.country:
            code = country_code(called)
            return frozenset({code} if code else ())
        if name == self.state:
            return state_codes(called, fields.get(self.country or ""))
        return frozenset()


COMPANY = company_form(PLAIN)
CONTACT = contact_form(PLAIN)
