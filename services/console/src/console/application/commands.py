"""What a page shows or does, as a person would type it."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from leadstream.admin.calls import REASON, Call


def leadstream(*words: str, **options: object) -> str:
    """A `leadstream` command: words, then options that are given."""
    flags = [
        part
        for name, value in options.items()
        if value not in {None, ""}
        for part in (f"--{name.replace('_', '-')}", str(value))
    ]
    return shlex.join(["leadstream", *words, *flags])


def curl(call: Call[Any]) -> str:
    """The call with the variables that the commands use: LEADSTREAM_TOKEN, and the service's URL."""
    variable = f"${call.service.upper().replace('-', '_')}_URL"
    query = f"?{urlencode(call.params)}" if call.params else ""
    words = ["curl", "-H", '"Authorization: Bearer $LEADSTREAM_TOKEN"']
    if call.method != "GET":
        words += ["-X", call.method, "--json", shlex.quote(json.dumps(call.body or {}))]
    if call.reason:
        words += ["-H", shlex.quote(f"{REASON}: {call.reason}")]
    return " ".join([*words, f'"{variable}/api/admin/{call.path}{query}"'])


def curls(calls: Iterable[Call[Any]]) -> str:
    """Several calls, one after another."""
    return " && ".join(map(curl, calls))


def as_filters(given: Mapping[str, str]) -> dict[str, str]:
    """Filters of a page as options of the commands."""
    options = {name.removesuffix("_id"): value for name, value in given.items()}
    if "since" in options:
        # The commands take UTC, and no zone.
        options["since"] = options["since"][:19]
    return options
