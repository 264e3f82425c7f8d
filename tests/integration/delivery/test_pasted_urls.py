"""A channel's URL as people paste it: taken in its plain form, or refused by field, saved and changed alike."""

import pytest

from integration.delivery.leads import WORKSPACE
from integration.delivery.machine import Machine
from leadstream.postgres import Database

SLACK = "https://hooks.slack.com/services/T0/B0/x"
PASTED = [
    f" {SLACK} ",
    f"{SLACK}\n",
    f"\u200b{SLACK}",
    f"<{SLACK}>",
    f'"{SLACK}"',
    SLACK.upper()[:8] + SLACK[8:],
]
REFUSED = [
    "https://hooks.slack.com/services/T0 /B0/x",
    "https://foo.localhost/",
    "https://metadata.google.internal/",
    "https://kubernetes.default.svc/",
    "https://leads.svc.cluster.local/",
    "https://printer.local./",
    "https://me:pw@hooks.acme.example/",
    "https://hooks.acme.example/\u200bx",
    " ",
]


async def kept(database: Database) -> list[str]:
    return [
        row["url_origin"] for row in await database.pool.fetch("SELECT url_origin FROM channels")
    ]


@pytest.mark.parametrize("pasted", PASTED)
async def test_what_surrounds_a_url_makes_no_other_channel_of_it(
    machine: Machine, pasted: str
) -> None:
    body = {"workspace_id": str(WORKSPACE), "type": "slack", "name": "alerts", "url": SLACK}
    first = (await machine.http.post("/api/admin/channels", json=body)).json()

    again = await machine.http.post("/api/admin/channels", json=body | {"url": pasted})
    patched = await machine.http.patch(f"/api/admin/channels/{first['id']}", json={"url": pasted})

    assert (again.json(), patched.json()) == (first, first)


@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.parametrize("kind", ["slack", "webhook"])
async def test_a_url_that_leads_nowhere_is_refused_saved_and_changed(
    machine: Machine, kind: str, url: str
) -> None:
    good = SLACK if kind == "slack" else "https://hooks.acme.example/in"
    body = {"workspace_id": str(WORKSPACE), "type": kind, "name": "alerts", "url": good}
    saved = (await machine.http.post("/api/admin/channels", json=body)).json()
    before = await kept(machine.database)

    answers = [
        await machine.http.post("/api/admin/channels", json=body | {"url": url}),
        await machine.http.post("/api/admin/channels", json=body | {"url": url, "name": "b"}),
        await machine.http.patch(f"/api/admin/channels/{saved['id']}", json={"url": url}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert {answer.json()["error"]["field"] for answer in answers} == {"url"}
    assert await kept(machine.database) == before
