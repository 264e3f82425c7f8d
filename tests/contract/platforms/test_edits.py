"""B53, on every adapter: what a person entered at a platform is theirs, unless the workspace wants it otherwise."""

from typing import Any

import pytest

from contract.platforms.case import PlatformCase, Trait
from contract.platforms.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.needs(Trait.PEOPLE_EDIT)]

THEIRS = "Acme (our friends)"


async def test_b53_what_a_person_entered_stays_and_the_rest_is_brought_up_to_date(
    site: Site, case: PlatformCase
) -> None:
    await site.connect()
    await site.upload(site.lead())
    before = await site.record(site.lead())
    await case.edit(site.stage.sandbox, site.account, site.lead(), THEIRS)

    await site.upload(revised(site))

    assert await site.statuses() == {"uploaded": 2}
    after = await site.record(site.lead())
    assert after[case.name_field] == THEIRS
    assert {name for name in after if after[name] != before.get(name)} > {case.name_field}


async def test_what_nobody_else_wrote_is_brought_up_to_date(site: Site, case: PlatformCase) -> None:
    await site.connect()
    await site.upload(site.lead())

    await site.upload(revised(site))

    assert (await site.record(site.lead()))[case.name_field] == "Acme Incorporated"


async def test_overwrite_writes_over_what_a_person_entered(site: Site, case: PlatformCase) -> None:
    await site.connect(on_update="overwrite")
    await site.upload(site.lead())
    await case.edit(site.stage.sandbox, site.account, site.lead(), THEIRS)

    await site.upload(revised(site))

    assert (await site.record(site.lead()))[case.name_field] == "Acme Incorporated"


def revised(site: Site) -> dict[str, Any]:
    """The lead as we know it by now."""
    place = {"city": "Oakland", "state": "CA", "country": "United States"}
    return site.lead(
        revision=2, company_name="Acme Incorporated", employee_count=400, location=place
    )
