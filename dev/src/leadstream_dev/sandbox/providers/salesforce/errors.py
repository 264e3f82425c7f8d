"""Salesforce's errors."""

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer


class Refused(Exception):  # noqa: N818 - named as it reads where it is raised
    """A call refused as a whole."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.answer = refusal(status, code, message)


def refusal(status: int, code: str, message: str) -> Answer:
    return json_answer(status, [{"message": message, "errorCode": code}])


def row_error(code: str, message: str, *fields: str) -> JsonObject:
    return {"statusCode": code, "message": message, "fields": list(fields)}
