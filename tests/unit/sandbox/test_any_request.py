"""Whatever a provider is sent, it answers, and a refused call has no effect."""

import json
import os
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadstream_dev.sandbox.exchange import Call
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.provider import Operation, Provider
from leadstream_dev.sandbox.providers import PROVIDERS
from leadstream_dev.sandbox.world import World

TEXTS = st.sampled_from(["", "a", "a@b.co", "Lead", "email", "domain", "section", "mrkdwn", "IN"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)

TEXT = {"type": "mrkdwn", "text": "Acme"}
LABEL = {"type": "plain_text", "text": "Open"}
BUTTON = {"type": "button", "text": LABEL, "url": "https://x.example/", "value": "lead-1"}
EMAIL = {
    "from": "Leadstream <alerts@leadstream.example>",
    "to": ["ana@example.org"],
    "cc": "ben@example.org",
    "subject": "Hot lead",
    "html": "<p>Acme</p>",
    "headers": {"X-A": "a"},
    "tags": [{"name": "lead_id", "value": "lead-1"}],
    "attachments": [{"filename": "a.txt", "content": "YQ=="}],
}
COMPANY = {
    "idProperty": "domain",
    "id": "101",
    "objectWriteTraceId": "lead-1",
    "properties": {"name": "Acme", "industry": "RETAIL", "numberofemployees": "5"},
}
LEAD = {
    "attributes": {"type": "Lead"},
    "LeadStream_Lead_Id__c": "lead-1",
    "Company": "Acme",
    "LastName": "Smith",
    "Email": "ana@acme.com",
    "NumberOfEmployees": 5,
}
ORGANIZATION = {
    "resourceType": "Organization",
    "meta": {"tag": [{"system": "urn:x", "code": "hot"}]},
    "identifier": [{"system": "urn:x", "value": "lead-1"}],
    "name": "Acme",
    "telecom": [{"system": "url", "value": "https://acme.com", "use": "work"}],
    "contact": [
        {"name": {"text": "Ana"}, "telecom": [{"system": "email", "value": "ana@acme.com"}]}
    ],
}
PROPERTY = {
    "name": "leadstream_lead_id",
    "label": "Lead",
    "groupName": "companyinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
    "options": [{"label": "Hot", "value": "hot"}],
}
CONDITION = {"propertyName": "domain", "operator": "IN", "values": ["acme.com"]}
FILTERS = {"job_titles": ["CEO"], "seniority_levels": ["executive"], "departments": ["IT"]}
WEBSITE = {"term": {"job_company_website": "acme.com"}}
LEVELS = {"terms": {"job_title_levels": ["cxo", "vp"]}}
PHRASE = {"match_phrase": {"job_title": {"query": "head of"}}}

RIGHT: dict[str, list[Any]] = {
    "datashopper": [{}],
    "g2": [{}],
    "clay": [
        {"domain": "acme.com", "max_contacts": 5, "contact_filters": FILTERS},
        {"email": "ana@acme.com"},
    ],
    "clay_public_v0": [
        {"source_type": "people", "filters": {"company_identifier": ["acme.com"]}},
        {"limit": 5},
        {"items": [{"id": "acme.com:1", "inputs": {"name": "Ana", "domain": "acme.com"}}]},
    ],
    "people_data_labs": [
        {
            "query": {"query": {"bool": {"filter": [WEBSITE], "should": [LEVELS, PHRASE]}}},
            "size": 5,
            "titlecase": True,
            "data_include": "full_name,work_email",
        },
        {"query": {"exists": {"field": "work_email"}}, "from": 1, "dataset": "resume"},
    ],
    "hunter": [{}],
    "resend": [EMAIL, [EMAIL, EMAIL]],
    "slack": [
        {
            "text": "Acme",
            "metadata": {"event_payload": {"lead_id": "x"}},
            "blocks": [
                {"type": "header", "text": LABEL, "block_id": "b"},
                {"type": "section", "text": TEXT, "fields": [TEXT], "accessory": BUTTON},
                {"type": "actions", "elements": [BUTTON]},
                {"type": "context", "elements": [TEXT, {"type": "image", "alt_text": "x"}]},
            ],
        }
    ],
    "hubspot": [
        {"inputs": [COMPANY, COMPANY | {"idProperty": "email"}]},
        {"inputs": [{"from": {"id": "1"}, "to": {"id": "2"}}]},
        {"inputs": [PROPERTY], "properties": ["name"], "idProperty": "email"},
        {"filterGroups": [{"filters": [CONDITION]}], "properties": ["name"], "limit": 5},
        PROPERTY,
    ],
    "salesforce": [
        {"allOrNone": False, "records": [LEAD, LEAD]},
        {"Company": "A", "LastName": "B"},
    ],
    "marketo": [
        {
            "action": "createOrUpdate",
            "lookupField": "email",
            "input": [
                {"email": "ana@acme.com", "company": "Acme", "numberOfEmployees": 5},
                {"email": "bob@acme.com", "marketingSuspended": True, "annualRevenue": 1.5},
            ],
        },
        {"action": "updateOnly", "lookupField": "id", "input": [{"id": 1000, "email": None}]},
        {"input": [{"id": 1000}]},
    ],
    "wealthbox": [
        {
            "type": "Organization",
            "name": "Acme",
            "external_unique_id": "lead-1",
            "tags": ["LeadStream"],
            "websites": [{"address": "https://acme.com", "principal": True, "kind": "Website"}],
            "street_addresses": [{"id": 1, "city": "Bonn", "destroy": True}],
        },
        {
            "type": "Person",
            "last_name": "Smith",
            "email_addresses": [{"address": "ana@acme.com", "kind": "Work"}],
        },
    ],
    "fhir": [
        ORGANIZATION,
        ORGANIZATION | {"id": "101"},
        {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [
                {
                    "resource": ORGANIZATION,
                    "request": {"method": "PUT", "url": "Organization?identifier=urn:x|lead-1"},
                },
                {"request": {"method": "GET", "url": "Organization/1"}},
                {
                    "resource": ORGANIZATION,
                    "request": {
                        "method": "POST",
                        "url": "Organization",
                        "ifNoneExist": "identifier=urn:x|lead-1",
                        "ifMatch": 'W/"1"',
                    },
                },
            ],
        },
    ],
    "shopify": [
        {
            "query": "mutation($i:CompanyCreateInput!){companyCreate(input:$i){company{id} userErrors{field}}}",
            "variables": {
                "i": {
                    "company": {"name": "A", "externalId": "lead-1"},
                    "companyContact": {"email": "ana@acme.com", "phone": "+14155550100"},
                    "companyLocation": {"shippingAddress": {"countryCode": "US", "zoneCode": "CA"}},
                }
            },
        },
        {
            "query": "query($q:String){companies(first:2,query:$q){nodes{id contacts(first:1){nodes{id}}}}}",
            "variables": {"q": "external_id:'lead-1'"},
        },
        {
            "query": "query($ids:[ID!]!){nodes(ids:$ids){id ... on Company{name}}}",
            "variables": {"ids": ["1"]},
        },
        {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"},
    ],
    "hooks": [{"type": "lead.enriched", "data": {"lead_id": "lead-1", "revision": 1}}],
}
PARAMS = {
    "version": "2026-09",
    "kind": "companies",
    "target": "contacts",
    "id": "101",
    "name": "domain",
    "domain": "acme.com",
    "hook": "T1/B1/a",
    "field": "LeadStream_Lead_Id__c",
    "value": "lead-1",
}
THEIR_PARAMS = {
    # What the first call of a sandbox has made.
    "clay_public_v0": {
        "search_id": "srch_1",
        "routine_id": "function:t_abc123",
        "run_id": "run_1",
    },
    "salesforce": {"version": "v67.0", "kind": "Lead"},
    "shopify": {"version": "2026-10", "shop": "a"},
}


@st.composite
def spoiled(draw: st.DrawFn, right: list[Any]) -> object:
    """A right body in which up to three places hold something else."""
    body = deepcopy(draw(st.sampled_from(right)))
    for _ in range(draw(st.integers(0, 3))):
        body = _spoil(draw, body)
    return body


def _spoil(draw: st.DrawFn, part: Any) -> object:
    places = (
        list(part)
        if isinstance(part, dict)
        else list(range(len(part) if isinstance(part, list) else 0))
    )
    if not places or draw(st.integers(0, 4)) == 0:
        return draw(JSON)
    place = draw(st.sampled_from(places))
    part[place] = _spoil(draw, part[place])
    return part


def call(provider: Provider, operation: Operation, body: bytes, query: str) -> Call:
    return Call(
        method=operation.method,
        path=operation.path,
        query=query,
        headers={
            "authorization": "Bearer sandbox",
            "access_token": "sandbox",
            "x-api-key": "sandbox",
            "content-type": "application/json",
            "idempotency-key": "k",
        },
        raw=body,
        params=PARAMS | THEIR_PARAMS.get(provider.name, {}),
        base_url="http://sandbox",
        received=datetime.now(UTC),
        seq=1,
    )


def answer_all(kind: type[Provider], journal: Journal, body: bytes, query: str) -> None:
    for number in range(len(kind(World(1), journal).operations())):
        provider = kind(World(1), journal)
        operation = provider.operations()[number]
        # The second time meets what the first has left.
        for _ in range(2):
            asked = call(provider, operation, body, query)
            asked.identity = provider.identify(asked)
            line: dict[str, Any] = {"seq": 1, "account": "a", **asked.identity, "body": asked.json}

            answer = operation.handle(asked)

            assert 200 <= answer.status < 500
            assert answer.status < 300 or not answer.effects
            for effect in () if answer.replayed else answer.effects:
                provider.apply(effect, line)


@pytest.mark.parametrize("kind", PROVIDERS, ids=lambda kind: str(kind.name))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_json_is_answered(kind: type[Provider], data: st.DataObject) -> None:
    body = data.draw(spoiled(RIGHT[kind.name]))
    journal = Journal(Path(os.devnull))

    answer_all(kind, journal, json.dumps(body).encode(), "")

    journal.close()


@pytest.mark.parametrize("kind", PROVIDERS, ids=lambda kind: str(kind.name))
@settings(max_examples=30, deadline=None)
@given(
    body=st.binary(max_size=50) | st.sampled_from([b"[" * 1200, b'{"a":' * 900, b"NaN"]),
    query=st.text(),
)
def test_any_bytes_are_answered(kind: type[Provider], body: bytes, query: str) -> None:
    journal = Journal(Path(os.devnull))

    answer_all(kind, journal, body, query)

    journal.close()
