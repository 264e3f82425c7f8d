"""What Clay calls us with when a run is done: a signature over the body, and the run's id in it."""

import hashlib
import hmac
from typing import Any, Final

from leadstream.reading import NotJsonError, read_json

HEADER: Final = "x-clay-signature"
SCHEME: Final = "sha256="
LONGEST_ID: Final = 64


def is_signed(body: bytes, signature: str | None, secret: str) -> bool:
    """There is no time in it, so what was signed once stays so: nothing may come of it that must come once."""
    ours = SCHEME + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    theirs = (signature or "").strip().encode(errors="replace")
    return hmac.compare_digest(ours.encode(), theirs)


def run_in(body: bytes) -> str | None:
    """The run that is done; None in a test of the webhook, and in what says nothing that we know of."""
    try:
        document: Any = read_json(body)
    except NotJsonError:
        return None
    data = document.get("data") if isinstance(document, dict) else None
    run_id = data.get("routine_run_id") if isinstance(data, dict) else None
    is_id = isinstance(run_id, str) and run_id.isprintable() and 0 < len(run_id) <= LONGEST_ID
    return run_id if is_id else None
