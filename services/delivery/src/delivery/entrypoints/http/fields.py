"""The kinds of value that bodies are made of."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from leadstream.reading import one_line

LONGEST_EMAIL = 254


def _check_email(value: str) -> str:
    """Lower case, because nobody's mail server tells `Ops@` from `ops@`, and applying a file twice must not either."""
    try:
        # Whether mail can be delivered there is for Resend to find out; `.test` addresses are for trying things out.
        found = validate_email(
            value, check_deliverability=False, test_environment=True, allow_smtputf8=False
        )
    except EmailNotValidError as exc:
        raise ValueError(str(exc)) from None
    address = (found.ascii_email or "").lower()
    if not address or len(address) > LONGEST_EMAIL:
        raise ValueError("the address is longer than mail allows")
    return address


def _check_line(value: str) -> str:
    line = one_line(value, 200)
    if not line:
        raise ValueError("is empty")
    if line != " ".join(value.split(" ")).strip():
        raise ValueError("must be a single line without control characters")
    return line


# A format is for readers of the OpenAPI document: the validators, and the guard for URLs, decide.
Email = Annotated[
    str,
    StringConstraints(max_length=320),
    AfterValidator(_check_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 320}),
]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_check_line)]
Name = Annotated[str, StringConstraints(max_length=100), AfterValidator(_check_line)]
Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2048),
    WithJsonSchema({"type": "string", "format": "uri", "minLength": 1, "maxLength": 2048}),
]
SecretText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
