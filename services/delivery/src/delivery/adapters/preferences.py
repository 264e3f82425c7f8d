"""Preferences as a recipient's row has them."""

import logging
from collections.abc import Mapping
from datetime import time
from typing import Any

from delivery.domain.preferences import Preferences, QuietHours, Rhythm, at_once
from delivery.domain.score import Score

log = logging.getLogger(__name__)


def preferences_of(row: Mapping[str, Any]) -> Preferences:
    """Of `enabled`, `min_score` and the chosen rest, which counts as not chosen where it can't be read.

    Another release has written it, or there is no such zone here: what one recipient wants must not cost all others
    the lead.
    """
    try:
        return _read(row)
    except (ValueError, KeyError) as exc:
        log.warning("preferences.unreadable", extra={"error": str(exc)})
        return _read({**row, "preferences": None})


def _read(row: Mapping[str, Any]) -> Preferences:
    """Raises ValueError, or KeyError."""
    chosen: Mapping[str, Any] = row["preferences"] or {}
    quiet = chosen.get("quiet_hours")
    rhythm = {Score(score): Rhythm(each) for score, each in chosen.get("rhythm", {}).items()}
    return Preferences(
        enabled=row["enabled"],
        min_score=Score(row["min_score"]),
        rhythm={**at_once(), **rhythm},
        quiet_hours=QuietHours(
            start=time.fromisoformat(quiet["start"]), end=time.fromisoformat(quiet["end"])
        )
        if quiet
        else None,
        zone=chosen.get("zone"),
        daily_cap=chosen.get("daily_cap"),
        hot_breaks_through=chosen.get("hot_breaks_through", False),
    )


def as_json(wants: Preferences) -> dict[str, Any]:
    """What `preferences_of` reads, without `enabled` and `min_score`."""
    quiet = wants.quiet_hours
    return {
        "rhythm": {score.value: each.value for score, each in wants.rhythm.items()},
        "quiet_hours": {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"}
        if quiet
        else None,
        "zone": wants.zone,
        "daily_cap": wants.daily_cap,
        "hot_breaks_through": wants.hot_breaks_through,
    }


def changed(wants: Preferences, given: Mapping[str, Any]) -> Preferences:
    """What `as_json` shows, where `given` says something else; the rest stays. Raises PreferenceError."""
    before = as_json(wants)
    rhythm = before["rhythm"] | {k: v for k, v in (given.get("rhythm") or {}).items() if v}
    row = {"enabled": wants.enabled, "min_score": wants.min_score}
    return _read(row | {"preferences": {**before, **given, "rhythm": rhythm}})
