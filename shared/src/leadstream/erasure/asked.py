"""What is asked about a person, over HTTP: in bodies, because addresses don't belong in URLs."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leadstream.erasure.people import normal_address, spellings
from leadstream.erasure.store import ERASED
from leadstream.observability.redact import Redactor
from leadstream.pasted import is_unseen, unwrap

# What stands between two addresses, or around one.
_NO_PART: Final = frozenset('<>,;"')
# A reason in the audit that names the person would keep what may be to be erased.
_redactor = Redactor()


def _one_address(value: str) -> str:
    """As it is compared, whatever it was pasted with. What is no address is found nowhere: it is not to be said so."""
    address = normal_address(unwrap(value, brackets=True)).removeprefix("mailto:").rstrip(".")
    name, at, host = address.rpartition("@")
    is_whole = bool(name and at and host)
    if not is_whole or any(each in _NO_PART or is_unseen(each) for each in address):
        raise ValueError("must be an e-mail address")
    return address


def nameless(reason: str, email: str) -> str:
    """As the audit may keep it."""
    for each in spellings(email):
        reason = reason.replace(each, ERASED)
    return _redactor.text(reason)


class AboutPerson(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: Annotated[str, Field(max_length=320, repr=False), AfterValidator(_one_address)]
    workspace_id: UUID | None = Field(None, description="Left out: in all that the token sees.")


class WithReason(AboutPerson):
    reason: str = Field(min_length=1, max_length=500, description="For the audit: who asked, when.")

    @property
    def nameless_reason(self) -> str:
        return nameless(self.reason, self.email)
