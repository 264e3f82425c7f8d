"""`logging` raises KeyError for an extra that a log record has already; only a running service would notice."""

import ast
import logging
from pathlib import Path

ROOT = Path(__file__).parents[3]
TAKEN = {*vars(logging.makeLogRecord({})), "message", "asctime"}


def test_no_extra_has_the_name_of_a_record_s_own_attribute() -> None:
    files = [
        file for folder in ("shared", "services", "dev") for file in (ROOT / folder).rglob("*.py")
    ]
    clashes = [
        f"{file.relative_to(ROOT)}:{key.lineno}: {key.value}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword)
        and node.arg == "extra"
        and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant) and key.value in TAKEN
    ]

    assert files
    assert clashes == []
