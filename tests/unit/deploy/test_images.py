"""What an image is made of: our packages as wheels, with all that they read at run time."""

import subprocess
import sys
import zipfile
from pathlib import Path

CONSOLE = Path(__file__).parents[3] / "services" / "console"


def test_the_console_brings_its_templates_and_what_pages_are_made_of(tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603 - our own package
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=CONSOLE,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    read = [path for path in (CONSOLE / "src").rglob("*.*") if "__pycache__" not in path.parts]
    suffixes = {path.suffix for path in read}

    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())

    assert {".html", ".css", ".js", ".svg", ".json", ".LICENSE"} <= suffixes
    missing = {str(path.relative_to(CONSOLE / "src")) for path in read} - names
    assert missing == set()
