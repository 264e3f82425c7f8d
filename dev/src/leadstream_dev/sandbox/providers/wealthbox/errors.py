"""Wealthbox's errors, in whichever of its ways an account gets them."""

from typing import Literal

from leadstream_dev.sandbox.exchange import Answer, json_answer

Style = Literal["text", "fields", "list"]


class Refused(Exception):  # noqa: N818 - named as it reads where it is raised
    """A call that is refused; `field` as Wealthbox calls it, where the refusal is about one."""

    def __init__(self, message: str, *, status: int = 422, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.field = field

    def answer(self, style: Style) -> Answer:
        if self.field is None or self.status != 422:
            return error(self.status, self.message)
        if style == "fields":
            return json_answer(self.status, {"errors": {self.field: [self.message]}})
        sentence = f"{_spoken(self.field)} {self.message}"
        if style == "list":
            return json_answer(self.status, {"errors": [sentence]})
        return error(self.status, sentence)


def error(status: int, message: str) -> Answer:
    return json_answer(status, {"error": message})


def _spoken(field: str) -> str:
    return field.replace(".", " ").replace("_", " ").capitalize()
