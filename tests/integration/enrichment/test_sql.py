import pytest

from enrichment.adapters.answers import SQL as ANSWERS
from enrichment.adapters.credits import SQL as CREDITS
from enrichment.adapters.found_later import SQL as FOUND_LATER
from enrichment.adapters.leads import SQL as LEADS
from enrichment.adapters.recorder import SQL as ENRICHMENTS
from enrichment.adapters.spend import SQL as SPEND
from enrichment.bootstrap import SERVICE
from integration.postgres.test_hot_plans import plan_of, read_whole
from leadstream.postgres import Database
from leadstream.postgres.queries import loaded

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


def _queries() -> list[tuple[str, str]]:
    return [
        (f"{source}:{name}", text)
        for source, queries in loaded.items()
        if source.startswith(f"{SERVICE.package}.")
        for name, text in queries.items()
    ]


async def test_every_query_prepares_against_the_migrated_schema(database: Database) -> None:
    assert len(_queries()) > 20
    async with database.pool.acquire() as connection:
        for _, text in _queries():
            await connection.prepare(text)


def test_b43_no_query_names_another_service() -> None:
    others = ("discovery", "delivery", "platform_upload", "scheduler", "enrichment", "public")

    named = [(name, o) for name, text in _queries() for o in others if f"{o}." in text]

    assert named == []


@pytest.mark.parametrize("name", HOT_STATEMENTS)
async def test_planned_on_empty_tables_it_reads_nothing_but_what_its_keys_name(
    database: Database, name: str
) -> None:
    plan = await plan_of(database, HOT_STATEMENTS[name])

    whole = [line for line in read_whole(plan) if not any(table in line for table in ERASED)]
    assert whole == [], "\n".join(plan)
