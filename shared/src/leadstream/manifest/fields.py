"""The kinds of value that a manifest is made of."""

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field

from leadstream.accounts.catalogue import SourceList, listed, with_account
from leadstream.pasted import is_unseen, unwrap
from leadstream.settings.checks import check_sender

_CENT: Final = Decimal("0.01")
_TOO_MUCH: Final = Decimal(10**12)


def _check_text(value: str) -> str:
    text = unwrap(value)
    if not text:
        raise ValueError("is empty")
    if any(unicodedata.category(each) == "Cc" for each in text):
        raise ValueError("must be a single line without control characters")
    return text


def _check_unbroken(value: str) -> str:
    """A URL, a key or a token: what is pasted into the middle of one would fail each call."""
    text = _check_text(value)
    if any(is_unseen(each) for each in text):
        raise ValueError("has a blank or an unseen character in it")
    return text


def _check_address(value: str) -> str:
    text = _check_text(value)
    normal_address(text)
    return text


def normal_address(email: str) -> str:
    """As services know it: lower case, and its domain in ASCII."""
    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError("is no e-mail address") from None
    return (found.ascii_email or found.normalized).casefold()


def _check_secrets(value: dict[str, Any]) -> dict[str, Any]:
    for name, each in value.items():
        if isinstance(each, str):
            try:
                value = value | {name: _check_unbroken(each)}
            except ValueError as exc:
                raise ValueError(f"{name} {exc}") from None
    return value


def _check_intent(value: list[str]) -> list[str]:
    return listed(_some(value), SourceList.INTENT)


def _check_contacts(value: list[str]) -> list[str]:
    return listed(_some(value), SourceList.CONTACTS)


def _check_verify(value: list[str]) -> list[str]:
    return listed(value, SourceList.VERIFY)


def _some(names: list[str]) -> list[str]:
    if not names:
        raise ValueError("names nobody: leave it out, and all are asked that there is a key for")
    return names


def _check_account(value: str) -> str:
    return with_account(value).name


def _read_amount(value: object) -> str:
    """As the services tell it: `100.00`."""
    try:
        amount = Decimal(str(value))
        cents = amount.quantize(_CENT)
    except InvalidOperation:
        raise ValueError("must be an amount of money") from None
    if isinstance(value, bool) or amount != cents or not 0 <= amount < _TOO_MUCH:
        raise ValueError("must be an amount of money, 0 or more, with two decimals at most")
    return f"{cents:f}"


def _read_word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _refuse_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _refuse_letter(value: object) -> object:
    """`y` is a truth value to some readers of YAML, and a text to others."""
    if isinstance(value, str) and value.strip().lower() in {"y", "n", "t", "f"}:
        raise ValueError("must be true or false")
    return value


Text = Annotated[str, AfterValidator(_check_text)]
Unbroken = Annotated[str, AfterValidator(_check_unbroken)]
Address = Annotated[str, AfterValidator(_check_address)]
# As the service keeps it: applied twice, it changes nothing.
Mailbox = Annotated[str, AfterValidator(_check_text), AfterValidator(check_sender)]
Secrets = Annotated[dict[str, Any], AfterValidator(_check_secrets)]
Amount = Annotated[str, BeforeValidator(_read_amount)]
# By the names that the services have for them.
IntentList = Annotated[list[str], AfterValidator(_check_intent)]
ContactList = Annotated[list[str], AfterValidator(_check_contacts)]
VerifyList = Annotated[list[str], AfterValidator(_check_verify)]
AccountProvider = Annotated[str, AfterValidator(_check_account)]
StopWhen = Annotated[Literal["found", "verified"], BeforeValidator(_read_word)]
Count = Annotated[int, BeforeValidator(_refuse_truth), Field(ge=0)]
Truth = Annotated[bool, BeforeValidator(_refuse_letter)]
Score = Annotated[Literal["hot", "warm", "cold"], BeforeValidator(_read_word)]
WantedStatus = Annotated[Literal["active", "paused"], BeforeValidator(_read_word)]
Status = Annotated[Literal["active", "paused", "completed"], BeforeValidator(_read_word)]
ChannelType = Annotated[Literal["slack", "webhook"], BeforeValidator(_read_word)]
