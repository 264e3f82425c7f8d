"""What DataShopper and Clay have in common: the error answers of the seed contract."""

from leadstream_dev.sandbox.exchange import Answer, Call, json_answer
from leadstream_dev.sandbox.provider import Pace, Provider


def error(status: int, code: str, message: str) -> Answer:
    return json_answer(status, {"error": {"code": code, "message": message}})


class DataApi(Provider):
    def missing_key(self, call: Call) -> Answer:
        return error(401, "unauthorized", "missing bearer key")

    def wrong_key(self, call: Call) -> Answer:
        return error(401, "unauthorized", "unknown or revoked key")

    def not_found(self, call: Call) -> Answer:
        return error(404, "not_found", f"no such endpoint: {call.method} {call.path}")

    def rate_limited(self, pace: Pace) -> Answer:
        refused = error(429, "rate_limited", "slow down")
        return refused.with_headers({"Retry-After": str(pace.reset)})

    def quota_exhausted(self, kind: str) -> Answer:
        return json_answer(402, {"message": "credits exhausted"})

    def failed(self, status: int) -> Answer:
        return error(status, "internal", "something went wrong")
