"""B53, on every adapter: what a person entered at a platform is theirs, unless the workspace wants it otherwise."""

import pytest

from contract.platforms.case import PlatformCase, Trait
from contract.platforms.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.needs(Trait.PEOPLE_EDIT)]

THEIRS = "Acme (our friends)"


async def test_b53_what_a_person_entered_stays(site: Site, case: PlatformCase) -> None:
    await site.connect()
    await site.upload(site.lead())
    await case.edit(site.stage.sandbox, site.account, site.lead(), THEIRS)

    await site.upload(site.lead(revision=2, company_name="Acme Incorporated"))

    assert await site.statuses() == {"uploaded": 2}
    assert (await site.record(site.lead()))[case.name_field] == THEIRS


async def test_what_nobody_else_wrote_is_brought_up_to_date(site: Site, case: PlatformCase) -> None:
    await site.connect()
    await site.upload(site.lead())

    await site.upload(site.lead(revision=2, company_name="Acme Incorporated"))

    assert (await site.record(site.lead()))[case.name_field] == "Acme Incorporated"


async def test_overwrite_writes_over_what_a_person_entered(site: Site, case: PlatformCase) -> None:
    await site.connect(on_update="overwrite")
    await site.upload(site.lead())
    await case.edit(site.stage.sandbox, site.account, site.lead(), THEIRS)

    await site.upload(site.lead(revision=2, company_name="Acme Incorporated"))

    assert (await site.record(site.lead()))[case.name_field] == "Acme Incorporated"
