import pytest

from enrichment.adapters.answers import SQL as ANSWERS
from enrichment.adapters.credits import SQL as CREDITS
from enrichment.adapters.found_later import SQL as FOUND_LATER
from enrichment.adapters.leads import SQL as LEADS
from enrichment.adapters.recorder import SQL as ENRICHMENTS
from enrichment.adapters.spend import SQL as SPEND
from integration.postgres.test_hot_plans import plan_of, read_whole
from leadstream.postgres import Database

HOT_STATEMENTS = {
    "upsert_leads": LEADS.upsert_leads,
    "begin": ANSWERS.begin,
    "look_up_answer": ANSWERS.look_up_answer,
    "advance": ANSWERS.advance,
    "keep_answers": ANSWERS.keep_answers,
    "settle_calls": SPEND.settle_calls,
    "raise_revisions": FOUND_LATER.raise_revisions,
    "save_enrichments": ENRICHMENTS.save_enrichments,
    "save_contacts": ENRICHMENTS.save_contacts,
    "fail_enrichments": ENRICHMENTS.fail_enrichments,
    "settle_reservations": CREDITS.settle_reservations,
}
# Whether there is anybody, and a handful of salts.
ERASED = ("erased_people", "erasure_salt", "other_erasure_salts")


@pytest.mark.parametrize("name", HOT_STATEMENTS)
async def test_planned_on_empty_tables_it_reads_nothing_but_what_its_keys_name(
    database: Database, name: str
) -> None:
    plan = await plan_of(database, HOT_STATEMENTS[name])

    whole = [line for line in read_whole(plan) if not any(table in line for table in ERASED)]
    assert whole == [], "\n".join(plan)
