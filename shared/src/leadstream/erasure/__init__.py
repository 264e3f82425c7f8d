from leadstream.erasure.elsewhere import Elsewhere, Place
from leadstream.erasure.erasures import Asked, Erasures
from leadstream.erasure.events import without_erased
from leadstream.erasure.people import addresses_in, normal_address, without_people
from leadstream.erasure.receipts import add_entries
from leadstream.erasure.router import erasures_router
from leadstream.erasure.searches import Searches
from leadstream.erasure.store import (
    ERASED,
    ErasedPeople,
    Kind,
    Person,
    erased_by_now,
    find_erased,
    is_erased,
)
from leadstream.erasure.sweeps import Part, Sweep, Swept

__all__ = [
    "ERASED",
    "Asked",
    "Elsewhere",
    "ErasedPeople",
    "Erasures",
    "Kind",
    "Part",
    "Person",
    "Place",
    "Searches",
    "Sweep",
    "Swept",
    "add_entries",
    "addresses_in",
    "erased_by_now",
    "erasures_router",
    "find_erased",
    "is_erased",
    "normal_address",
    "without_erased",
    "without_people",
]
