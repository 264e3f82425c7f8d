"""What pages are made of: vendored files as they were published, and little of our own."""

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

STATIC = Path(str(files("console") / "static"))
TEMPLATES = Path(str(files("console") / "templates"))
MANIFEST = json.loads((STATIC / "vendor" / "manifest.json").read_text())["files"]


@pytest.mark.parametrize("vendored", MANIFEST, ids=lambda each: each["file"])
def test_a_vendored_file_is_as_it_was_published(vendored: dict[str, str]) -> None:
    content = (STATIC / "vendor" / vendored["file"]).read_bytes()
    license_text = (STATIC / "vendor" / vendored["license_file"]).read_text()

    assert hashlib.sha256(content).hexdigest() == vendored["sha256"]
    assert set(vendored) == {"file", "package", "version", "license", "license_file", "sha256"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", vendored["version"])
    assert (
        "Zero-Clause BSD" in license_text
        or "0BSD" in license_text
        or "permission" in license_text.lower()
    )


def test_nothing_else_is_vendored() -> None:
    named = {each["file"] for each in MANIFEST} | {each["license_file"] for each in MANIFEST}

    assert {each.name for each in (STATIC / "vendor").iterdir()} == named | {"manifest.json"}


def test_what_the_versions_say_of_themselves_is_so() -> None:
    [htmx] = [each for each in MANIFEST if each["package"] == "htmx.org"]

    assert f'version:"{htmx["version"]}"' in (STATIC / "vendor" / htmx["file"]).read_text()


def test_our_own_style_and_script_stay_small() -> None:
    assert (STATIC / "console.css").stat().st_size <= 15 * 1024
    assert (STATIC / "console.js").stat().st_size <= 8 * 1024


# What the policy would refuse, and what would send data elsewhere.
REFUSED = {
    "inline style": re.compile(r"<[^>{}]*\sstyle\s*="),
    "style element": re.compile(r"<style", re.I),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "handler": re.compile(r"<[^>{}]*\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"hx-on", re.I),
    "evaluated values": re.compile(r"js:|javascript:", re.I),
    "another host": re.compile(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", re.I),
    "unescaped": re.compile(r"\|\s*safe\b|autoescape\s+false", re.I),
}


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_needs_more_than_the_policy_gives(template: Path) -> None:
    text = template.read_text()

    found = [name for name, pattern in REFUSED.items() if pattern.search(text)]

    assert found == []


def test_the_script_evaluates_nothing() -> None:
    script = (STATIC / "console.js").read_text()

    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML\s*=|document\.write", script)
