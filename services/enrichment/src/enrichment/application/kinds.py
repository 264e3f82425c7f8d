"""The kinds of job that enrich leads: one for each source of contacts, because a kind has one provider."""

from typing import Final

from leadstream.accounts import Plan

ENRICH_LEAD: Final = "enrich-lead"
# Whose kind has the bare name: there was no other once.
FIRST_SOURCE: Final = "clay"


def first_kind(plan: Plan) -> str:
    """Where a lead of a workspace begins."""
    return kind_of(plan.contacts[0]) if plan.contacts else ENRICH_LEAD


def kind_of(source: str) -> str:
    """The kind whose attempts ask a source: `people_data_labs` → `enrich-lead-people-data-labs`."""
    return ENRICH_LEAD if source == FIRST_SOURCE else f"{ENRICH_LEAD}-{source.replace('_', '-')}"
