"""The Shopify adapter against a shop that refuses what Shopify refuses."""

from typing import Any

import httpx
import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.machine import work
from integration.platform_upload.test_proxies import AheadClock
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from platform_upload.adapters.shopify.tokens import LIFE
from unit.platform_upload.builders import JOHN

SHOP = f"shop-{WORKSPACE}"
NOTE = "Intent: hot\nIndustry: Technology\nEmployees: 250\nDomain: acme.com"


@pytest.fixture
async def shopify(bench: Bench) -> Bench:
    await bench.connect("shopify")
    return bench


async def shop(bench: Bench) -> dict[str, list[dict[str, Any]]]:
    state = await bench.sandbox.control.state("shopify")
    empty: dict[str, list[dict[str, Any]]] = {"companies": [], "contacts": [], "customers": []}
    found: dict[str, list[dict[str, Any]]] = state.get(SHOP, empty)
    return found


def documents(bench: Bench, root: str) -> int:
    return len(bench.sandbox.ledger.entries(provider="shopify", roots=root))


async def test_b31_a_lead_is_a_company_with_its_contact(shopify: Bench) -> None:
    await shopify.upload(an_upload())

    held = await shop(shopify)
    (company,), (contact,), (customer,) = held["companies"], held["contacts"], held["customers"]
    assert company["id"] == (await shopify.uploaded())[0]["external_id"]
    assert (company["name"], company["externalId"]) == ("Acme Corp", an_upload()["lead_id"])
    assert company["note"] == NOTE
    assert company["location"] == {
        "name": "Acme Corp",
        "shippingAddress": {"city": "San Francisco", "zoneCode": "CA", "countryCode": "US"},
    }
    assert (contact["company"], contact["title"]) == (company["id"], "VP of Engineering")
    assert (customer["email"], customer["firstName"]) == ("john@acme.com", "John")
    (row,) = await shopify.items("/uploads")
    assert (row["error"], row["adjustments"]) == (None, [])


async def test_b32_leads_go_ten_in_a_document(shopify: Bench) -> None:
    await shopify.upload(*uploads(50))

    assert await shopify.statuses() == ["uploaded"] * 50
    assert (documents(shopify, "companies"), documents(shopify, "companyCreate")) == (5, 5)
    assert shopify.calls("shopify", "token") == 1
    assert len((await shop(shopify))["companies"]) == 50


async def test_b33_rows_are_read_one_by_one(shopify: Bench) -> None:
    """A field that there is no company without is refused."""
    rule = {"field": "company.name", "value": "Acme 3", "message": "is not for us"}
    await shopify.sandbox.control.options("shopify", rules=[rule])

    await shopify.upload(*uploads(5))

    assert await shopify.statuses() == ["failed"] + ["uploaded"] * 4
    (failed,) = await shopify.replica.events("lead.failed")
    assert failed["error"]["class"] == "INVALID"
    assert documents(shopify, "companyCreate") == 1


async def test_b33_a_document_refused_as_a_whole_is_halved(shopify: Bench) -> None:
    events = uploads(8)
    await shopify.sandbox.control.behave(
        "shopify",
        "graphql",
        contains=f'"externalId":"{events[5]["lead_id"]}"',
        errors={"status": 413, "body": {"errors": "Payload too large"}},
    )

    await shopify.upload(*events)

    (failed,) = await shopify.items("/uploads", status="failed")
    assert failed["lead_id"] == events[5]["lead_id"]
    assert await shopify.statuses(status="uploaded") == ["uploaded"] * 7


async def test_b54_what_is_refused_of_a_person_or_a_place_is_left_out_and_said(
    shopify: Bench,
) -> None:
    person = {
        "full_name": "<b>John</b> Smith",
        "email": "john@acme.com",
        "title": "x" * 300,
        "phone": "+1 415 555 0100, +1 415 555 0101",
    }
    place = {"city": "Culiacán", "state": "Sinaloa", "country": "Mexico"}
    await shopify.upload(an_upload(contacts=[person], primary_contact=None, location=place))

    held = await shop(shopify)
    assert held["companies"][0]["location"]["shippingAddress"] == {
        "city": "Culiacán",
        "countryCode": "MX",
    }
    (customer,) = held["customers"]
    assert customer == {
        "id": customer["id"],
        "email": "john@acme.com",
        "lastName": "Smith",
        "phone": "+14155550100",
    }
    assert len(held["contacts"][0]["title"]) == 255
    (row,) = await shopify.items("/uploads")
    assert {(each["field"], each["action"]) for each in row["adjustments"]} == {
        ("companyContact.title", "mended"),
        ("companyContact.phone", "mended"),
        ("companyContact.firstName", "left_out"),
        ("companyLocation.shippingAddress.zoneCode", "left_out"),
    }
    assert documents(shopify, "companyCreate") == 2


async def test_a_country_that_shopify_does_not_know_costs_the_address(shopify: Bench) -> None:
    there = {"city": "Pago Pago", "country": "American Samoa"}
    away = an_upload(2, location=there, contacts=[], primary_contact=None)

    await shopify.upload(an_upload(1), away)

    companies = (await shop(shopify))["companies"]
    assert await shopify.statuses() == ["uploaded"] * 2
    assert {row["externalId"] for row in companies if "location" in row} == {
        an_upload(1)["lead_id"]
    }
    assert [row["note"].splitlines()[0] for row in companies] == ["Intent: hot"] * 2
    assert documents(shopify, "companyCreate") == 2


async def test_a_shop_that_wants_a_street_gets_no_address(shopify: Bench) -> None:
    await shopify.sandbox.control.options("shopify", address1_required=True)

    await shopify.upload(an_upload())

    (company,) = (await shop(shopify))["companies"]
    assert "location" not in company
    (row,) = await shopify.items("/uploads")
    assert {each["action"] for each in row["adjustments"]} == {"left_out"}


async def test_b34_a_lost_answer_makes_no_second_company(shopify: Bench) -> None:
    await shopify.sandbox.control.script(
        "shopify", "graphql", {"action": "lose"}, contains="companyCreate("
    )

    await shopify.upload(*uploads(5))

    held = await shop(shopify)
    assert [len(held[name]) for name in ("companies", "contacts", "customers")] == [5, 5, 5]
    assert set(shopify.sandbox.ledger.crm_writes("shopify").values()) == {1}
    assert await shopify.billed() == 5
    assert {event["outcome"] for event in await shopify.uploaded()} == {"updated"}


async def test_what_was_written_before_its_answer_was_lost_is_still_ours(shopify: Bench) -> None:
    await shopify.sandbox.control.script(
        "shopify", "graphql", {"action": "half"}, contains="companyCreate("
    )
    await shopify.upload(an_upload())
    jim = JOHN | {"full_name": "John Smythe"}

    await shopify.upload(
        an_upload(revision=2, company_name="Acme Inc.", contacts=[jim], primary_contact=jim)
    )

    held = await shop(shopify)
    assert [row["name"] for row in held["companies"]] == ["Acme Inc."]
    assert [row["lastName"] for row in held["customers"]] == ["Smythe"]


async def test_an_error_of_shopifys_own_after_the_company_was_made(shopify: Bench) -> None:
    lead_id = an_upload()["lead_id"]
    await shopify.sandbox.control.options("shopify", broken=[lead_id])

    await shopify.upload(an_upload())

    assert await shopify.statuses() == ["uploaded"]
    assert len((await shop(shopify))["companies"]) == 1
    assert documents(shopify, "companyCreate") == 1


async def test_a_company_that_a_search_does_not_show_yet_is_found_in_the_end(
    shopify: Bench,
) -> None:
    await shopify.upload(an_upload(intent_score="warm"))
    await shopify.sandbox.control.options("shopify", index_seconds=3600)
    await shopify.take(an_upload(revision=2))
    await shopify.upload()
    (again,) = await shopify.items("/uploads", status="failed")

    await shopify.sandbox.control.options("shopify", index_seconds=0)
    await shopify.upload(an_upload(revision=3))

    assert again["error"] == "External ID has already been taken"
    (company,) = (await shop(shopify))["companies"]
    assert company["note"].startswith("Intent: hot")


async def test_a_company_that_somebody_makes_meanwhile_is_updated_in_the_same_attempt(
    shopify: Bench,
) -> None:
    await shopify.upload(an_upload(intent_score="warm"))
    nothing: dict[str, Any] = {"data": {"companies": {"nodes": []}}}
    await shopify.sandbox.control.script(
        "shopify", "graphql", {"status": 200, "body": nothing}, contains="companies("
    )

    await shopify.upload(an_upload(revision=2))

    assert await shopify.statuses() == ["uploaded"] * 2
    (company,) = (await shop(shopify))["companies"]
    assert company["note"] == NOTE
    assert {job["attempts"] for job in await shopify.replica.jobs()} == {1}


async def test_throttled_with_200_holds_the_connection_for_as_long_as_it_takes(
    shopify: Bench,
) -> None:
    cost = {
        "requestedQueryCost": 200,
        "actualQueryCost": None,
        "throttleStatus": {
            "maximumAvailable": 2000.0,
            "currentlyAvailable": 10,
            "restoreRate": 1.0,
        },
    }
    said = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
    body = said | {"extensions": {"cost": cost}}
    await shopify.sandbox.control.script("shopify", "graphql", {"status": 200, "body": body})

    await shopify.upload(an_upload())

    (pause,) = await shopify.items("/pauses")
    assert (pause["scope"], pause["reason"]) == (f"connection:{id_of()}", "rate_limited")
    (job,) = await shopify.replica.jobs()
    assert job["attempts"] == 0


async def test_an_expired_token_is_renewed_once_and_nobody_notices(shopify: Bench) -> None:
    await shopify.upload(an_upload(1))
    await shopify.sandbox.control.expire_shopify_tokens()

    await shopify.upload(an_upload(2))

    assert shopify.calls("shopify", "token") == 2
    assert {job["attempts"] for job in await shopify.replica.jobs()} == {1}
    assert await shopify.statuses() == ["uploaded"] * 2


async def test_a_token_is_renewed_before_its_day_is_over(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    clock = AheadClock()
    bench = Bench(await make_replica(clock=clock), sandbox)
    await bench.connect("shopify")
    await bench.upload(an_upload(1))
    clock.ahead = LIFE

    await bench.upload(an_upload(2))

    assert bench.calls("shopify", "token") == 2
    assert bench.calls("shopify", "graphql", status=401) == 0


async def test_a_token_that_is_refused_at_once_is_a_credential_that_does_not_work(
    shopify: Bench,
) -> None:
    await shopify.sandbox.control.behave("shopify", "graphql", revoked=True)

    await shopify.upload(an_upload())

    (row,) = await shopify.items("/uploads")
    assert row["held_by"] == ["credential_refused"]
    assert shopify.calls("shopify", "token") == 2
    assert shopify.calls("shopify", "graphql") == 2


async def test_the_static_token_of_an_older_app_is_as_good(bench: Bench) -> None:
    await bench.connect("shopify", credentials={"access_token": "shpat_sandbox"})
    await bench.upload(an_upload(1))
    await bench.sandbox.control.revoke("shopify", "shpat_sandbox")

    await bench.upload(an_upload(2))

    assert bench.calls("shopify", "token") == 0
    assert await bench.statuses() == ["pending", "uploaded"]
    (row,) = await bench.items("/uploads", status="pending")
    assert row["held_by"] == ["credential_refused"]
    assert bench.calls("shopify", "graphql", status=401) == 1
    assert "shpat_sandbox" not in bench.sandbox.ledger.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "held_by"),
    [
        ({"keys": ["nobody"]}, "credential_refused"),
        ({"secrets": ["nothing"]}, "credential_refused"),
        ({"installed": False}, "misconfigured"),
        ({"b2b": False}, "misconfigured"),
        ({"scopes": ["read_products"]}, "misconfigured"),
        ({"scopes": ["read_companies", "read_customers"]}, "misconfigured"),
    ],
)
async def test_what_holds_the_connection(
    bench: Bench, options: dict[str, Any], held_by: str
) -> None:
    await bench.connect("shopify")
    await bench.sandbox.control.options("shopify", **options)

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", [held_by])
    assert await bench.replica.events("lead.failed") == []
    tested = await bench.post(f"/connections/{id_of()}/test")
    assert not tested["ok"]
    assert tested["code"] in row["error"] or tested["message"]


@pytest.mark.parametrize("status", [402, 403, 404, 423])
async def test_a_shop_that_is_closed_holds_the_connection(shopify: Bench, status: int) -> None:
    await shopify.sandbox.control.behave("shopify", "graphql", errors={"status": status})

    await shopify.upload(an_upload())

    (row,) = await shopify.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["misconfigured"])


async def test_b2b_that_is_off_is_said(shopify: Bench) -> None:
    await shopify.sandbox.control.options("shopify", b2b=False)

    await shopify.upload(an_upload())

    (row,) = await shopify.items("/uploads")
    assert "B2B is not on for this store" in row["error"]


@pytest.mark.parametrize("status", [400, 401, 403, 502])
@pytest.mark.parametrize("operation", ["token", "graphql"])
async def test_a_proxys_page_costs_no_lead(shopify: Bench, operation: str, status: int) -> None:
    page = {"status": status, "body": "<html><body>Sorry</body></html>"}
    await shopify.sandbox.control.script("shopify", operation, page)

    await shopify.upload(an_upload())

    assert await shopify.statuses() == ["uploaded"]
    assert await shopify.items("/pauses") == []


async def test_hostile_text_is_text(shopify: Bench) -> None:
    hostile = [
        "' OR external_id:'x",
        'Acme" }) { shop { name } } #',
        "$input0",
        "Robert'); DROP TABLE companies;--",
        "\\'\\\\",
        "<script>alert(1)</script>",
        "ﷺ 表ポあA鷗 ÅÍÎÏ˝ÓÔ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
        "{{7*7}} ${jndi:ldap://127.0.0.1/a}",
        "👩🏽‍🚀 \u202e reversed",
    ]
    events = [
        an_upload(
            number,
            company_name=text,
            industry=text,
            platform="tech-platform",
            contacts=[
                {"full_name": f"A {text}", "email": f"o'neil{number}@acme.com", "title": text}
            ],
            primary_contact=None,
        )
        for number, text in enumerate(hostile)
    ]

    await shopify.upload(*events)

    held = await shop(shopify)
    assert await shopify.statuses() == ["uploaded"] * len(hostile)
    assert {row["name"] for row in held["companies"]} == set(hostile)
    assert len(held["contacts"]) == len(hostile)


async def test_b53_what_a_person_has_made_of_name_and_note_stays(shopify: Bench) -> None:
    await shopify.upload(an_upload(intent_score="warm"))
    (company,) = (await shop(shopify))["companies"]
    note = f"{company['note']}\nCalled them, wants samples"
    await person_edits(shopify, company["id"], note=note)

    await shopify.upload(an_upload(revision=2, company_name="Acme Incorporated"))

    (company,) = (await shop(shopify))["companies"]
    assert (company["name"], company["note"]) == ("Acme Incorporated", note)
    assert await shopify.statuses() == ["uploaded"] * 2


async def test_overwrite_writes_over_what_a_person_entered(bench: Bench) -> None:
    settings = bench.body("shopify")["settings"] | {"on_update": "overwrite"}
    await bench.connect("shopify", settings=settings)
    await bench.upload(an_upload())
    (company,) = (await shop(bench))["companies"]
    await person_edits(bench, company["id"], name="Our friends")

    await bench.upload(an_upload(revision=2))

    assert (await shop(bench))["companies"][0]["name"] == "Acme Corp"


async def test_a_contact_is_kept_up_to_date_and_a_new_one_added(shopify: Bench) -> None:
    await shopify.upload(an_upload())
    boss = JOHN | {"title": "CEO"}
    await shopify.upload(an_upload(revision=2, contacts=[boss], primary_contact=boss))
    jack = {"full_name": "Jack Jones", "email": "jack@acme.com", "title": "CTO"}

    await shopify.upload(an_upload(revision=3, contacts=[jack], primary_contact=jack))

    held = await shop(shopify)
    assert [row["title"] for row in held["contacts"]] == ["CEO", "CTO"]
    assert [row["email"] for row in held["customers"]] == ["john@acme.com", "jack@acme.com"]


async def test_the_same_again_writes_nothing(shopify: Bench) -> None:
    await shopify.upload(an_upload())

    await shopify.upload(an_upload(revision=2))

    assert await shopify.statuses() == ["uploaded"] * 2
    assert documents(shopify, "companyUpdate") == documents(shopify, "companyContactUpdate") == 0
    assert documents(shopify, "companies") == 2


async def test_a_contact_that_somebody_took_out_stays_out(shopify: Bench) -> None:
    await shopify.upload(an_upload())
    (contact,) = (await shop(shopify))["contacts"]
    remove = "mutation($id:ID!){companyContactDelete(companyContactId:$id){userErrors{message}}}"
    await person_asks(shopify, remove, id=contact["id"])

    await shopify.upload(an_upload(revision=2, employee_count=300))

    assert (await shop(shopify))["contacts"] == []


KNOWN = {"john@acme.com": {"firstName": "Johnny", "lastName": "S."}}


async def test_a_contact_who_is_a_customer_already_is_assigned_and_left_as_they_are(
    shopify: Bench,
) -> None:
    await shopify.sandbox.control.options("shopify", customers=KNOWN)

    await shopify.upload(an_upload())
    await shopify.upload(an_upload(revision=2, employee_count=300))

    held = await shop(shopify)
    (company,), (contact,) = held["companies"], held["contacts"]
    (customer,) = held["customers"]
    assert (contact["company"], contact["customer"]) == (company["id"], customer["id"])
    assert (customer["firstName"], customer["lastName"]) == ("Johnny", "S.")
    assert contact["title"] == "VP of Engineering"
    assert await shopify.statuses() == ["uploaded"] * 2
    assert await shopify.billed() == 1
    assert shopify.sandbox.ledger.effects("invitation") == []
    first = (await shopify.items("/uploads", limit=10))[-1]
    said = {each["field"]: each["action"] for each in first["adjustments"]}
    assert said["companyContact.email"] == "mended"


async def test_a_customer_who_can_not_be_looked_for_is_noted(bench: Bench) -> None:
    await bench.sandbox.control.options("shopify", customers=KNOWN, scopes=["write_companies"])
    await bench.connect("shopify")

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert row["status"] == "uploaded"
    assert "customer of the shop already" in row["error"]
    assert (await shop(bench))["contacts"] == []


async def test_without_the_right_to_see_customers_companies_are_kept_up_to_date(
    bench: Bench,
) -> None:
    await bench.sandbox.control.options("shopify", scopes=["write_companies"])
    await bench.connect("shopify")
    await bench.upload(an_upload(intent_score="warm"))

    await bench.upload(an_upload(revision=2))
    await bench.upload(an_upload(revision=3, employee_count=300))

    (company,) = (await shop(bench))["companies"]
    assert company["note"].splitlines()[2] == "Employees: 300"
    assert await bench.statuses() == ["uploaded"] * 3
    # Found out once, and known from then on.
    assert documents(bench, "companies") == 4


@pytest.mark.parametrize("away", [{"status": 503}, {"action": "drop"}, {"action": "lose"}])
async def test_a_contact_that_could_not_be_written_is_written_later(
    shopify: Bench, away: dict[str, Any]
) -> None:
    await shopify.sandbox.control.options("shopify", customers=KNOWN)
    await shopify.sandbox.control.script(
        "shopify", "graphql", away, contains="companyAssignCustomerAsContact("
    )

    await shopify.upload(an_upload())

    held = await shop(shopify)
    assert (len(held["companies"]), len(held["contacts"])) == (1, 1)
    assert await shopify.statuses() == ["uploaded"]
    (late,) = await shopify.replica.jobs(kind="upload-contacts")
    assert late["state"] == "succeeded"
    assert documents(shopify, "companyCreate") == 2


async def test_another_version_that_answers_is_logged_once(
    shopify: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await shopify.sandbox.control.options("shopify", served_version="2027-01")

    await shopify.upload(*uploads(20))

    noted = [vars(each) for each in caplog.records if each.message == "shopify.version"]
    assert [(each["asked"], each["answered"]) for each in noted] == [("2026-10", "2027-01")]


async def test_two_replicas_keep_to_one_allowance(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    """More than the bucket holds, by two that share it: Shopify has nothing to refuse."""
    await sandbox.control.options("shopify", bucket=1000, restore_rate=200)
    one, two = Bench(await make_replica(), sandbox), Bench(await make_replica(), sandbox)
    await one.connect("shopify")
    await one.take(*uploads(150))

    await work(one.replica, two.replica, within=120)

    assert await one.statuses() == ["uploaded"] * 150
    answers = sandbox.ledger.entries(provider="shopify", operation="graphql")
    assert {entry["status"] for entry in answers} == {200}
    assert sum(1 for _ in sandbox.ledger.effects("record", provider="shopify")) == 150
    assert await one.items("/pauses") == []
    assert {job["attempts"] for job in await one.replica.jobs()} == {1}
    attempts = [await one.replica.attempts(job["id"]) for job in await one.replica.jobs()]
    assert {each["outcome"] for listed in attempts for each in listed} == {"succeeded"}


async def person_edits(bench: Bench, company_id: str, **company: str) -> None:
    edit = (
        "mutation($id:ID!,$input:CompanyInput!){companyUpdate(companyId:$id,input:$input)"
        "{userErrors{message}}}"
    )
    await person_asks(bench, edit, id=company_id, input=company)


async def person_asks(bench: Bench, query: str, **variables: Any) -> None:
    """Somebody who works in the shop."""
    async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
        answer = await http.post(
            f"{bench.sandbox.shopify_url(SHOP)}/admin/api/2026-10/graphql.json",
            json={"query": query, "variables": variables},
            headers={"x-shopify-access-token": "sandbox"},
        )
    assert answer.is_success, answer.text
    (payload,) = answer.json()["data"].values()
    assert payload["userErrors"] == []
