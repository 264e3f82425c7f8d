"""Bodies of forms, as browsers send them: no file, so no multipart."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from leadstream.api.errors import InvalidError

MOST_FIELDS = 1000


class Form(dict[str, str]):
    """The fields by name, the last of each, without surrounding blanks; `lists` has them all."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
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


def parse_form(body: bytes) -> Form:
    try:
        return Form(
            parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
            )
        )
    except ValueError as exc:
        raise InvalidError(
            "the form can't be read: it must be sent as UTF-8", field="body"
        ) from exc


async def _form(request: Request) -> Form:
    return parse_form(await request.body())


Sent = Annotated[Form, Depends(_form)]
