"""Accounts, sources and caps in a manifest, and back."""

from typing import Any

import pytest

from leadstream.ids import workspace_id
from leadstream.manifest.errors import ManifestError
from leadstream.manifest.export import manifest_of, manifest_text
from leadstream.manifest.model import read_manifest
from leadstream.manifest.things import wanted_of
from leadstream.manifest.wanted import Wanted, differences

ACME = str(workspace_id("acme"))
SECRET = "s3cret-value"
WHOLE = """
workspaces:
  - slug: acme
    sources:
      intent: [datashopper, g2, push]
      contacts: [people_data_labs, clay_compat]
      verify: [hunter]
      stop_when: verified
      training: false
    accounts:
      - {provider: people_data_labs, credentials: {api_key: "${PDL_KEY}"}}
      - {provider: g2, credentials: {api_token: g2-token}}
    caps: {daily: 100, monthly: 2000.5}
    sender: {from_address: Acme <leads@acme.example>, footer: null}
"""


def wanted(text: str, **variables: str) -> list[Wanted]:
    (workspace,) = read_manifest(text, variables).workspaces
    return list(wanted_of(workspace))[1:]


def refusal(part: str) -> str:
    with pytest.raises(ManifestError) as refused:
        read_manifest(f"workspaces:\n  - slug: acme\n    {part}\n", {})
    return refused.value.message


def test_each_service_is_told_its_part_and_keys_before_the_sources_that_need_them() -> None:
    found = wanted(WHOLE, PDL_KEY="key")

    assert [(each.service, each.path, each.title) for each in found] == [
        ("enrichment", "provider-accounts", "account people_data_labs"),
        ("discovery", "provider-accounts", "account g2"),
        ("discovery", "sources", "sources (intent, training)"),
        ("enrichment", "sources", "sources (contacts, verify, stop_when, training)"),
        ("enrichment", "spending-caps", "caps"),
        ("delivery", "senders", "sender"),
    ]
    # Null is said, too: the deployment's. What is left out stays.
    assert found[5].body == {"from_address": "Acme <leads@acme.example>", "footer": None}
    assert found[0].body == {
        "workspace_id": ACME,
        "provider": "people_data_labs",
        "credentials": {"api_key": "key"},
    }
    assert found[3].body == {
        "contacts": ["people_data_labs", "clay"],
        "verify": ["hunter"],
        "stop_when": "verified",
        "training": False,
    }
    assert found[4].body == {"daily": "100.00", "monthly": "2000.50"}
    assert {each.only_one_of for each in found[2:]} == {ACME}


def test_what_is_left_out_is_not_told() -> None:
    (contacts,) = wanted("workspaces: [{slug: acme, sources: {contacts: [clay]}}]")
    (account,) = wanted("workspaces: [{slug: acme, accounts: [{provider: clay_compat}]}]")

    assert (contacts.service, contacts.body) == ("enrichment", {"contacts": ["clay"]})
    assert account.body == {"workspace_id": ACME, "provider": "clay"}
    assert wanted("workspaces: [{slug: acme, sources: {}}]") == []


def test_an_order_that_differs_is_told() -> None:
    (sources,) = wanted("workspaces: [{slug: acme, sources: {contacts: [clay, people_data_labs]}}]")

    found = differences(sources, {"contacts": ["people_data_labs", "clay"], "verify": None})

    assert found == ['contacts: ["people_data_labs","clay"] → ["clay","people_data_labs"]']


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("sources: {contacts: [apollo]}", "sources.contacts: there is no such provider"),
        ("sources: {contacts: [hunter]}", "sources.contacts: hunter belongs into verify"),
        ("sources: {intent: [people_data_labs]}", "people_data_labs belongs into contacts"),
        ("sources: {verify: [clay, clay_compat]}", "sources.verify: clay_compat is there twice"),
        ("sources: {contacts: []}", "sources.contacts: names nobody"),
        ("sources: {stop_when: never}", "sources.stop_when: Input should be 'found' or 'verified'"),
        ("sources: {training: y}", "sources.training: must be true or false"),
        ("sources: {who: [g2]}", "sources.who: there is no such key"),
        ("accounts: [{provider: apollo}]", "accounts.0.provider: there is no such provider"),
        ("accounts: [{provider: push}]", "accounts.0.provider: push takes no account"),
        ("accounts: [{provider: g2}, {provider: g2}]", "accounts has g2 twice"),
        ("accounts: [{provider: clay}, {provider: clay_compat}]", "accounts has clay twice"),
        (
            "accounts: [{provider: hunter, credentials: {}}]",
            "accounts.0.credentials: api_key: is missing",
        ),
        (
            f"accounts: [{{provider: hunter, credentials: {{api_token: {SECRET}}}}}]",
            "accounts.0.credentials: api_token: there is no such key: hunter has api_key",
        ),
        (
            f"accounts: [{{provider: hunter, credentials: {{api_key: 'a {SECRET}'}}}}]",
            "accounts.0.credentials: api_key has a blank",
        ),
        (
            "accounts: [{provider: hunter, settings: {pace: 7}}]",
            "accounts.0.settings: pace: there is no such key: hunter has none",
        ),
        ("caps: {daily: 100}", "caps.monthly: is missing"),
        ("caps: {daily: -1, monthly: null}", "caps.daily: must be an amount of money, 0 or more"),
        ("caps: {daily: 0.001, monthly: null}", "with two decimals at most"),
        ("sender: {from_address: acme}", "sender.from_address: must be an address, or `Name <"),
        ("sender: {reply_to: nobody}", "sender.reply_to: is no e-mail address"),
        ("sender: {footer: ''}", "sender.footer: is empty"),
        ("sender: {from: a@acme.example}", "sender.from: there is no such key"),
        ("caps: {daily: much, monthly: null}", "caps.daily: must be an amount of money"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(part: str, said: str) -> None:
    message = refusal(part)

    assert "line 3: workspaces.0" in message or "line 2: workspaces.0" in message
    assert said in message
    assert SECRET not in message


def a_row(**changes: Any) -> dict[str, Any]:
    return {"workspace_id": ACME, "is_default": False, "training": False, **changes}


PUSHED = {
    "id": "1",
    "workspace_id": ACME,
    "name": "Bombora",
    "query": None,
    "topics": {"AI": "AI tools"},
    "status": "active",
    "path": "/api/sources/1/signals",
}


SENDER = {
    "from_address": "Acme <leads@acme.example>",
    "reply_to": "sales@acme.example",
    "footer": None,
}


def test_what_is_there_comes_back_as_a_file_that_changes_nothing() -> None:
    rows = {
        "accounts": [{"provider": "people_data_labs", "settings": {}, "version": 3}],
        "sources": [
            a_row(intent=["g2"]),
            a_row(contacts=["people_data_labs", "clay"], verify=None, stop_when="verified"),
        ],
        "caps": [a_row(daily="100.00", monthly=None)],
        "sender": [{**SENDER, "is_default": False, "workspace_id": ACME}],
        "push": [PUSHED],
    }

    text = manifest_text(manifest_of({"slug": "acme", "name": "Acme"}, rows))

    assert "clay_compat" in text
    account, intent, contacts, caps, push, sender = wanted(text)
    assert "credentials" not in account.body
    assert intent.body == {"intent": ["g2"]}
    assert differences(contacts, rows["sources"][1]) == []
    assert differences(caps, rows["caps"][0]) == []
    assert differences(push, PUSHED) == []
    assert sender.body == {"from_address": SENDER["from_address"], "reply_to": SENDER["reply_to"]}
    assert differences(sender, SENDER | {"reply_to": "Sales@Acme.example"}) == []
    assert push.body == {
        "workspace_id": ACME,
        "name": "Bombora",
        "topics": {"AI": "AI tools"},
        "status": "active",
    }


def test_what_a_workspace_has_not_said_is_not_in_the_file() -> None:
    default = [a_row(is_default=True, intent=None)]
    rows = {"sources": default, "caps": default, "sender": default}

    (found,) = manifest_of({"slug": "acme", "name": "Acme"}, rows)["workspaces"]

    assert found == {"slug": "acme", "name": "Acme"}
