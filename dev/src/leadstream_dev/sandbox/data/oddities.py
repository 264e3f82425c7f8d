"""What goes wrong in real answers: each makes one found company malformed or strange."""

from collections.abc import Callable

from leadstream_dev.sandbox.exchange import JsonObject


def _missing_name(found: JsonObject) -> JsonObject:
    return {key: value for key, value in found.items() if key != "name"}


def _missing_domain(found: JsonObject) -> JsonObject:
    return {key: value for key, value in found.items() if key not in ("domain", "website")}


def _unknown_strength(found: JsonObject) -> JsonObject:
    signal = {
        "signal_type": "Mentioned in a podcast",
        "signal_strength": "volcanic",
        "detected_at": "2026-01-22T10:30:00Z",
        "source": "DataShopper",
    }
    return found | {"intent_signals": [*found["intent_signals"], signal]}


def _repeated_signal(found: JsonObject) -> JsonObject:
    return found | {"intent_signals": found["intent_signals"] * 2}


ALWAYS: tuple[tuple[str, Callable[[JsonObject], JsonObject]], ...] = (
    ("missing_name", _missing_name),
    ("missing_domain", _missing_domain),
)
"""In every list, so that a demo always has something rejected and something skipped."""

SOMETIMES: tuple[tuple[str, Callable[[JsonObject], JsonObject]], ...] = (
    ("blank_name", lambda found: found | {"name": "   "}),
    ("public_domain", lambda found: found | {"domain": "gmail.com", "website": None}),
    ("address_domain", lambda found: found | {"domain": "10.0.0.1", "website": None}),
    ("untidy_domain", lambda found: found | {"domain": f"https://www.{found['domain'].upper()}/"}),
    ("unicode_name", lambda found: found | {"name": f"{found['name']} Zürich 東京 ☕"}),
    (
        "unicode_domain",
        lambda found: found | {"domain": f"münchen-{found['domain']}", "website": None},
    ),
    (
        "markup_name",
        lambda found: found | {"name": f"<img src=x onerror=alert(1)> {found['name']}"},
    ),
    ("broadcast_name", lambda found: found | {"name": f"<!channel> {found['name']}"}),
    ("broken_line_name", lambda found: found | {"name": f"{found['name']}\r\nBcc: x@evil.example"}),
    ("script_website", lambda found: found | {"website": "javascript:alert(document.domain)"}),
    ("unknown_strength", _unknown_strength),
    ("repeated_signal", _repeated_signal),
    ("no_signals", lambda found: found | {"intent_signals": []}),
)
