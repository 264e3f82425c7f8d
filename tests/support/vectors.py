"""Other people's test data, which lies beside the repository and is not part of it."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[3] / "shared" / "vectors"


def vectors(name: str) -> Path:
    """The folder of vectors called `name`; where there is none, the test module is skipped."""
    folder = _FOLDER / name
    if not folder.is_dir():
        pytest.skip(f"no test vectors at ../shared/vectors/{name}", allow_module_level=True)
    return folder
