"""A person asks to be forgotten."""

from uuid import UUID

from leadstream.admin.answers import Erased, Erasure, Joined, Receipt
from leadstream.admin.calls import Call, path


def erase_person(service: str, body: Erasure) -> Call[Erased]:
    """The same receipt again is the same erasure. Not finished: it goes on by itself."""
    return Call(service, "POST", "erasures", Erased, body=body)


def get_erasure(service: str, erasure_id: UUID) -> Call[Erased]:
    return Call(service, "GET", path("erasures", erasure_id), Erased)


def get_receipt(service: str, receipt_id: UUID) -> Call[Receipt]:
    """The service's own part of it."""
    return Call(service, "GET", path("erasure-receipts", receipt_id), Receipt)


def join_receipt(service: str, receipt_id: UUID, parts: dict[str, str]) -> Call[Receipt]:
    """Have a service take down the others' parts: their last hashes, by service."""
    body: Joined = {"parts": parts}
    return Call(service, "POST", path("erasure-receipts", receipt_id, "joined"), Receipt, body=body)
