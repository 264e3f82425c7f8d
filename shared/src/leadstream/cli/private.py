"""Files for nobody but their owner."""

import os
from pathlib import Path


def write_private(target: Path, content: bytes) -> None:
    """Write beside it first: what is there is whole, and never readable by others."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    beside.replace(target)
