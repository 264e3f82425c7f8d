"""A2: whatever a company is called, it is text."""

import orjson
import pytest

from support.looking import Visit
from support.routes import route_of
from support.site import Night, Site
from support.vectors import vectors

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Postgres' text has no NUL, and neither has JSON in it.
NAMES: list[str] = [
    each
    for each in orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes())
    if each.strip() and "\0" not in each
]
NAMES += ['"><script src=//evil.test></script>', "<img src=//evil.test/x onerror=alert(1)>"]


async def named(site: Site, night: Night) -> None:
    """A lead of each name, as many as there are, beside the night's."""
    await site.pipeline.sql(
        """
        INSERT INTO discovery.leads
        SELECT (jsonb_populate_record(l, jsonb_build_object(
                    'id', gen_random_uuid(),
                    'domain', 'n' || t.n || '.example',
                    'created_at', now() + t.n * interval '1 ms',
                    'company_data', jsonb_set(l.company_data, '{name}', to_jsonb(t.name))))).*
          FROM discovery.leads AS l, unnest($2::text[]) WITH ORDINALITY AS t(name, n)
         WHERE l.id = $1
        """,
        night.lead,
        NAMES,
    )


async def test_a2_naughty_names_are_text_on_every_page(
    site: Site, night: Night, visit: Visit
) -> None:
    if route_of("/leads") is None:
        pytest.skip("there is no page of leads")
    await named(site, night)

    path: str | None = f"/leads?workspace_id={night.workspace}"
    seen, stories = 0, []
    while path:
        assert await visit.go(path) == 200
        rows = await visit.page.locator("tbody tr").all_inner_texts()
        seen += len(rows)
        assert await visit.page.locator("main img, main script, main iframe").count() == 0
        stories += [each for each in await visit.links() if each.startswith("/leads/")][:5]
        older = visit.page.get_by_role("link", name="Older")
        href = await older.get_attribute("href") if await older.count() else None
        path = href
    for story in stories[:25]:
        assert await visit.go(story) == 200
        assert await visit.page.locator("main img, main script, main iframe").count() == 0

    assert seen >= len(NAMES)
    assert stories
    assert await visit.refusals() == []
    assert (visit.seen.errors, visit.seen.foreign, visit.seen.dialogs) == ([], [], [])


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "'\"><img src=//evil.test>", "ﷺ" * 50]
)
async def test_a2_a_hostile_filter_is_text_too(visit: Visit, name: str) -> None:
    for field in ("actor", "action", "target"):
        await visit.go("/audit")
        await visit.page.locator(f"form.filter [name={field}]").fill(name)
        await visit.page.get_by_role("button", name="Filter").click()
        await visit.page.wait_for_load_state()
        assert await visit.page.locator(f"form.filter [name={field}]").input_value() == name

    assert (visit.seen.foreign, visit.seen.dialogs) == ([], [])
    assert await visit.refusals() == []
