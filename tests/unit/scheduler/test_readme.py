from pathlib import Path

from leadstream.settings import settings_table
from scheduler.settings import Settings

README = Path(__file__).parents[3] / "services" / "scheduler" / "README.md"


def test_the_readme_lists_the_settings_as_they_are() -> None:
    assert settings_table(Settings) in README.read_text(encoding="utf-8")
