"""A connection's URL and keys as people paste them: taken in their plain form, or refused by field."""

from typing import Any

import pytest

from integration.platform_upload.bench import Bench, id_of

WRAPPINGS = [" {}", "{}\n", "\u200b{}", '"{}"', "{}\u00a0"]


def changed(body: dict[str, Any], group: str, name: str, value: str) -> dict[str, Any]:
    return body | {group: body.get(group, {}) | {name: value}}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize(
    ("adapter", "group", "name"),
    [
        ("hubspot", "credentials", "access_token"),
        ("salesforce", "credentials", "client_secret"),
        ("salesforce", "settings", "login_url"),
        ("shopify", "credentials", "client_secret"),
        ("shopify", "settings", "shop"),
        ("wealthbox", "credentials", "access_token"),
        ("webhook", "settings", "url"),
        ("webhook", "credentials", "secret"),
    ],
)
async def test_what_surrounds_a_value_is_no_part_of_it(
    bench: Bench, adapter: str, group: str, name: str, wrapping: str
) -> None:
    body = bench.body(adapter)
    first = await bench.post("/connections", body, status=201)

    pasted = changed(body, group, name, wrapping.format(body[group][name]))

    assert await bench.post("/connections", pasted, status=201) == first
    assert (await bench.post(f"/connections/{id_of()}/test"))["ok"]


@pytest.mark.parametrize(
    ("adapter", "group", "name", "value"),
    [
        ("hubspot", "credentials", "access_token", "pat na1"),
        ("hubspot", "credentials", "access_token", "Bearer pat-na1"),
        ("hubspot", "credentials", "access_token", "pat-\u200bna1"),
        ("hubspot", "credentials", "access_token", "päß"),
        ("hubspot", "credentials", "access_token", "${ACME_TOKEN}"),
        ("hubspot", "credentials", "access_token", " \n"),
        ("salesforce", "credentials", "client_id", "a b"),
        ("salesforce", "settings", "login_url", "https://acme.my.salesforce.com.svc/"),
        ("wealthbox", "credentials", "access_token", "Bearer abc"),
        ("webhook", "settings", "url", "https://crm.acme.example/a b"),
        ("webhook", "settings", "url", "https://foo.localhost/"),
        ("webhook", "settings", "url", "https://metadata.google.internal/"),
        ("webhook", "settings", "url", "https://x.svc.cluster.local/"),
    ],
)
async def test_what_can_not_work_is_refused_saved_and_changed(
    bench: Bench, adapter: str, group: str, name: str, value: str
) -> None:
    body = bench.body(adapter)
    saved = await bench.post("/connections", body, status=201)
    wrong = changed(body, group, name, value)

    async with bench.replica.http() as http:
        answers = [
            await http.post("/connections", json=wrong),
            await http.patch(f"/connections/{saved['id']}", json={group: wrong[group]}),
        ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert {answer.json()["error"]["field"] for answer in answers} == {f"{group}.{name}"}
    (held,) = await bench.items("/connections")
    assert held == saved
