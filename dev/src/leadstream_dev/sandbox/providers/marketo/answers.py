"""Marketo's answers: nearly all with the status 200, `errors` where there are any, and no `warnings`."""

from collections.abc import Sequence
from itertools import count

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer

_requests = count(1)


class Refused(Exception):  # noqa: N818 - named as it reads where it is raised
    """A call refused as a whole."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = refusal(code, message)


def refusal(code: int, message: str) -> Answer:
    errors = [{"code": str(code), "message": message}]
    return json_answer(200, {"requestId": _request_id(), "success": False, "errors": errors})


def success(
    result: Sequence[JsonObject],
    *,
    effects: tuple[JsonObject, ...] = (),
    next_page: str | None = None,
) -> Answer:
    body: JsonObject = {"requestId": _request_id(), "result": list(result), "success": True}
    if next_page is not None:
        body |= {"nextPageToken": next_page, "moreResult": True}
    return json_answer(200, body, effects=effects)


def skipped(code: int, message: str) -> JsonObject:
    return {"status": "skipped", "reasons": [{"code": str(code), "message": message}]}


def _request_id() -> str:
    return f"e42b#{next(_requests):x}"
