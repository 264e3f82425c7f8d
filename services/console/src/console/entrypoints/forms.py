"""What a page's form was sent with."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from console.domain.masking import is_secret
from leadstream.api.errors import InvalidError
from leadstream.api.form import form_pairs

# Fields in the order in which they were sent, some more than once.
Pairs = Sequence[tuple[str, str]]


class Form(dict[str, str]):
    """The fields by name, the last of each, without surrounding blanks; `lists` has them all."""

    def __init__(self, pairs: Pairs) -> None:
        super().__init__({name: value.strip() for name, value in pairs})
        self.pairs = pairs

    def lists(self, name: str) -> list[str]:
        return [value for field, value in self.pairs if field == name]

    def text(self, name: str) -> str | None:
        """The field, or None if it is empty or was not sent."""
        return self.get(name) or None

    @property
    def reason(self) -> str | None:
        return self.text("reason")

    @property
    def kept(self) -> Pairs:
        """What may be written back into a page: secrets are to be filled in again."""
        return [(name, "" if is_secret(name) else value) for name, value in self.pairs]


def parse_form(body: bytes) -> Form:
    """Raises InvalidError."""
    return Form(form_pairs(body))


async def form_of(request: Request) -> Form | None:
    """What a request was to change, or None: where something went wrong it is offered to be sent again."""
    if request.method != "POST":
        return None
    try:
        return parse_form(await request.body())
    except InvalidError:
        return None


async def _form(request: Request) -> Form:
    return parse_form(await request.body())


Sent = Annotated[Form, Depends(_form)]
