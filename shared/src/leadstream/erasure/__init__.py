from leadstream.erasure.events import without_erased
from leadstream.erasure.people import addresses_in, normal_address, without_people
from leadstream.erasure.router import erasures_router
from leadstream.erasure.store import (
    ERASED,
    ErasedPeople,
    Eraser,
    Person,
    erased_by_now,
    find_erased,
    is_erased,
)

__all__ = [
    "ERASED",
    "ErasedPeople",
    "Eraser",
    "Person",
    "addresses_in",
    "erased_by_now",
    "erasures_router",
    "find_erased",
    "is_erased",
    "normal_address",
    "without_erased",
    "without_people",
]
