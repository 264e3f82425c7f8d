"""The domains of the account, and whether they may send."""

from collections.abc import Mapping
from uuid import NAMESPACE_DNS, uuid5

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer
from leadstream_dev.sandbox.providers.resend.answers import error

# Resend goes on sending while it looks again for records that were there.
MAY_SEND = frozenset({"verified", "partially_verified", "partially_failed", "temporary_failure"})
_LARGEST = 100


def listed(domains: Mapping[str, str], query: Mapping[str, str]) -> Answer:
    """A page of them; all where no limit is given."""
    rows = [_row(name, status) for name, status in domains.items()]
    ids = [row["id"] for row in rows]
    limit, after, before = query.get("limit"), query.get("after"), query.get("before")
    if after and before:
        return _invalid("Cannot use both `after` and `before` parameters.")
    if limit is not None and not (limit.isdecimal() and 1 <= int(limit) <= _LARGEST):
        return _invalid(f"The `limit` must be a number between 1 and {_LARGEST}.")
    cursor = after or before
    if cursor and cursor not in ids:
        return _invalid("The pagination cursor is not a domain of this account.")
    size = int(limit) if limit else len(rows)
    if before:
        left = rows[: ids.index(before)]
        page = left[max(0, len(left) - size) :]
    else:
        left = rows[ids.index(after) + 1 :] if after else rows
        page = left[:size]
    body = {"object": "list", "has_more": len(page) < len(left), "data": page}
    return json_answer(200, body)


def _row(name: str, status: str) -> JsonObject:
    return {
        "id": str(uuid5(NAMESPACE_DNS, name)),
        "name": name,
        "status": status,
        "created_at": "2026-01-05 09:12:44.123456+00",
        "region": "eu-west-1",
        "capabilities": {"sending": "enabled", "receiving": "disabled"},
    }


def _invalid(message: str) -> Answer:
    return error(422, "validation_error", message)
