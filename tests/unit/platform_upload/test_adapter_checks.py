"""What each adapter takes as settings and credentials, and what it shows of them."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, cast

import httpx
import pytest

from leadstream.http import EgressGuard, HttpClient, ProviderClient, WebhookSecret
from platform_upload.adapters.creations import Creations
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fhir.adapter import FhirAdapter
from platform_upload.adapters.hubspot.adapter import HubspotAdapter
from platform_upload.adapters.hubspot.api import HubspotApi
from platform_upload.adapters.marketo.adapter import MarketoAdapter
from platform_upload.adapters.marketo.api import MarketoApi
from platform_upload.adapters.marketo.tokens import MarketoTokens
from platform_upload.adapters.pacer import Pacer
from platform_upload.adapters.salesforce.adapter import SalesforceAdapter
from platform_upload.adapters.slots import Slots
from platform_upload.adapters.wealthbox.adapter import WealthboxAdapter
from platform_upload.adapters.wealthbox.api import WealthboxApi
from platform_upload.adapters.webhook import WebhookAdapter, _active_secrets
from platform_upload.application.ports import Adapter, Given, InvalidConnectionError
from support.clock import FakeClock
from support.smart import ec_key, private_pem
from unit.platform_upload.builders import NOW, a_connection

OLD, NEW = WebhookSecret.generate().reveal(), WebhookSecret.generate().reveal()
URL = "https://127.0.0.1/in/secret-path"
OVERLAP = timedelta(hours=24)


def _no_network(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was called")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def adapters(clock: FakeClock) -> Mapping[str, Adapter]:
    guard = EgressGuard(allow=[ip_network("127.0.0.0/8")], trusted_hosts=["sf.example"])
    client = ProviderClient(HttpClient(httpx.MockTransport(_no_network)))
    exchange = Exchange(
        client, "any", clock, timeout=timedelta(seconds=1), speaks=lambda operation, reply: True
    )
    pacer = cast(Pacer, None)  # no call is made
    found: list[Adapter] = [
        WebhookAdapter(client, guard, clock, timeout=timedelta(seconds=1), overlap=OVERLAP),
        HubspotAdapter(
            HubspotApi(
                exchange,
                pacer=pacer,
                search_pacer=pacer,
                base_url="https://x",
                version="2026-09",
            )
        ),
        MarketoAdapter(
            MarketoApi(
                exchange, MarketoTokens(exchange, clock), pacer=pacer, slots=cast(Slots, None)
            ),
            guard,
        ),
        SalesforceAdapter(exchange, guard, clock, api_version="67.0"),
        WealthboxAdapter(
            WealthboxApi(exchange, pacer=pacer, base_url="https://x"), cast(Creations, None)
        ),
        FhirAdapter(exchange, guard, clock),
    ]
    return {adapter.name: adapter for adapter in found}


@pytest.mark.parametrize(
    ("adapter", "settings", "credentials", "field"),
    [
        ("webhook", {}, {"secret": OLD}, "settings.url"),
        ("webhook", {"url": URL}, {}, "credentials.secret"),
        ("webhook", {"url": URL}, {"secret": "hunter2"}, "credentials.secret"),
        ("webhook", {"url": "http://10.1.2.3/"}, {"secret": OLD}, "settings.url"),
        ("webhook", {"url": "http://169.254.169.254/"}, {"secret": OLD}, "settings.url"),
        ("webhook", {"url": URL, "uri": 1}, {"secret": OLD}, "settings.uri"),
        ("webhook", {"url": URL}, {"secret": OLD, "retiring": {}}, "credentials.retiring"),
        ("fhir", {}, {"token": "x"}, "settings.base_url"),
        ("fhir", {"base_url": "http://10.1.2.3/"}, {"token": "x"}, "settings.base_url"),
        ("fhir", {"base_url": URL}, {}, "credentials.token"),
        ("fhir", {"base_url": URL}, {"token": "a b"}, "credentials.token"),
        ("fhir", {"base_url": URL}, {"token": "x", "client_id": "y"}, "credentials.client_id"),
        ("fhir", {"base_url": URL}, {"client_id": "x"}, "credentials.private_key"),
        ("fhir", {"base_url": URL}, {"private_key": "hunter2"}, "credentials.client_id"),
        (
            "fhir",
            {"base_url": URL},
            {"client_id": "x", "private_key": "hunter2"},
            "credentials.private_key",
        ),
        ("fhir", {"base_url": f"{URL}?a=hunter2"}, {"token": "x"}, "settings.base_url"),
        (
            "fhir",
            {"base_url": URL, "token_url": "file:///etc"},
            {"token": "x"},
            "settings.token_url",
        ),
        ("fhir", {"base_url": URL, "contacts": True}, {"token": "x"}, "settings.contacts"),
        ("hubspot", {}, {}, "credentials.access_token"),
        ("hubspot", {}, {"access_token": "a\r\nb"}, "credentials.access_token"),
        ("hubspot", {}, {"token": "x"}, "credentials.token"),
        ("hubspot", {"portal": 1}, {"access_token": "x"}, "settings.portal"),
        ("marketo", {}, {"client_id": "a", "client_secret": "b"}, "settings.munchkin"),
        ("marketo", {"munchkin": "123-ABC-456"}, {"client_id": "a"}, "credentials.client_secret"),
        (
            "marketo",
            {"munchkin": "123-ABC-456"},
            {"client_id": "a", "client_secret": "b", "token": "hunter2"},
            "credentials.token",
        ),
        ("salesforce", {}, {"client_id": "a", "client_secret": "b"}, "settings.my_domain"),
        (
            "salesforce",
            {"my_domain": "acme", "login_url": "https://acme.my.salesforce.com"},
            {"client_id": "a", "client_secret": "b"},
            "settings.my_domain",
        ),
        (
            "salesforce",
            {"my_domain": "evil.example/"},
            {"client_id": "a", "client_secret": "b"},
            "settings.my_domain",
        ),
        (
            "salesforce",
            {"login_url": "https://my.salesforce.com.evil.example"},
            {"client_id": "a", "client_secret": "b"},
            "settings.login_url",
        ),
        (
            "salesforce",
            {"login_url": "http://acme.my.salesforce.com"},
            {"client_id": "a", "client_secret": "b"},
            "settings.login_url",
        ),
        ("salesforce", {"my_domain": "acme"}, {"client_id": "a"}, "credentials.client_secret"),
        ("wealthbox", {}, {}, "credentials.access_token"),
        ("wealthbox", {}, {"access_token": "a b"}, "credentials.access_token"),
        ("wealthbox", {}, {"access_token": "x", "user": "y"}, "credentials.user"),
        ("wealthbox", {"url": URL}, {"access_token": "x"}, "settings.url"),
        ("wealthbox", {"on_update": "ask"}, {"access_token": "x"}, "settings.on_update"),
    ],
)
async def test_what_does_not_work_is_refused_when_it_is_saved(
    adapters: Mapping[str, Adapter],
    adapter: str,
    settings: dict[str, Any],
    credentials: dict[str, Any],
    field: str,
) -> None:
    with pytest.raises(InvalidConnectionError) as caught:
        await adapters[adapter].check(Given(settings, credentials), None)

    assert caught.value.field == field
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"my_domain": "acme"}, {"my_domain": "acme"}),
        ({"my_domain": "Acme.my.salesforce.com"}, {"my_domain": "acme"}),
        ({"my_domain": "acme--uat.sandbox"}, {"my_domain": "acme--uat.sandbox"}),
        (
            {"login_url": "https://acme.my.salesforce.com/"},
            {"login_url": "https://acme.my.salesforce.com"},
        ),
        ({"login_url": "http://sf.example/sf/"}, {"login_url": "http://sf.example/sf"}),
    ],
)
async def test_salesforce_is_reached_at_its_own_hosts_or_trusted_ones(
    adapters: Mapping[str, Adapter], given: dict[str, Any], kept: dict[str, Any]
) -> None:
    credentials = {"client_id": "a", "client_secret": "b"}

    checked = await adapters["salesforce"].check(Given(given, credentials), None)

    assert checked.settings == kept


MARKETO = {"client_id": "a", "client_secret": "b"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("123-ABC-456", "123-ABC-456"),
        (" 123-abc-456 ", "123-ABC-456"),
        ("https://123-ABC-456.mktorest.com/rest", "123-ABC-456"),
        ("https://123-ABC-456.mktorest.com//rest//", "123-ABC-456"),
        ("https://123-abc-456.MKTOREST.com/identity", "123-ABC-456"),
        ("<https://123-ABC-456.mktorest.com:443/>", "123-ABC-456"),
        ("123-ABC-456.mktorest.com/rest", "123-ABC-456"),
        ("123-ABC-456/", "123-ABC-456"),
        ("https://123-ABC-456.mktorest.com#/rest", "123-ABC-456"),
        ("https://123-ABC-456.mktorest.com?x=1", "123-ABC-456"),
        ("http://sf.example/marketo", "http://sf.example/marketo"),
        ("http://sf.example//marketo//rest//v1/", "http://sf.example/marketo"),
        ("http://sf.example:8080/identity", "http://sf.example:8080"),
    ],
)
async def test_a_marketo_instance_is_known_however_it_is_pasted(
    adapters: Mapping[str, Adapter], given: str, kept: str
) -> None:
    checked = await adapters["marketo"].check(Given({"munchkin": given}, MARKETO), None)

    assert checked.settings == {"munchkin": kept}


@pytest.mark.parametrize(
    "given",
    [
        "acme",
        "123-ABC-4567",
        "123-ÄBC-456",
        # Digits, to some.
        "\uff11\uff12\uff13-ABC-456",
        "\u0661\u0662\u0663-ABC-456",
        "https://\u0661\u0662\u0663-ABC-456.mktorest.com",
        "https://evil.example?.mktorest.com",
        "https://evil.example#.mktorest.com",
        "http://123-ABC-456.mktorest.com/rest",
        "https://x.123-ABC-456.mktorest.com",
        "https://123-ABC-456.mktorest.com.evil.example",
        "https://123-ABC-456.mktorest.com:8443/rest",
        "https://mktorest.com",
        "https://evil.example/123-ABC-456.mktorest.com",
        "https://a:b@123-ABC-456.mktorest.com",
        "http://sf.example/marketo?x=1",
        "http://10.0.0.1/rest",
        "",
        7,
    ],
)
async def test_what_is_no_marketo_instance_is_refused(
    adapters: Mapping[str, Adapter], given: object
) -> None:
    with pytest.raises(InvalidConnectionError) as caught:
        await adapters["marketo"].check(Given({"munchkin": given}, MARKETO), None)

    assert caught.value.field == "settings.munchkin"


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        *((name, True) for name in ("email", "leadstreamLeadId", "lead_key_2")),
        *((name, False) for name in ("id", "cookie", "sfdcLeadId", "linkedInId", "company")),
        *((name, False) for name in ("marketingSuspended", "2fast", "a,b", "a b", "x" * 300, "")),
    ],
)
async def test_a_marketo_lead_is_known_by_its_address_or_a_field_of_its_own(
    adapters: Mapping[str, Adapter], name: str, is_taken: bool
) -> None:
    given = Given({"munchkin": "123-ABC-456", "lookup_field": name}, MARKETO)
    if is_taken:
        checked = await adapters["marketo"].check(given, None)
        assert checked.settings["lookup_field"] == name
        return
    with pytest.raises(InvalidConnectionError) as caught:
        await adapters["marketo"].check(given, None)
    assert caught.value.field == "settings.lookup_field"


async def test_of_a_webhooks_url_only_the_host_is_shown(
    adapters: Mapping[str, Adapter],
) -> None:
    checked = await adapters["webhook"].check(Given({"url": URL}, {"secret": OLD}), None)

    assert "secret-path" not in str(checked.settings)
    assert "secret-path" not in repr(checked)
    assert checked.credentials["url"] == URL


async def test_b24_during_a_rotation_both_secrets_sign(
    adapters: Mapping[str, Adapter], clock: FakeClock
) -> None:
    adapter = adapters["webhook"]
    first = await adapter.check(Given({"url": URL}, {"secret": OLD}), None)
    held = a_connection(adapter="webhook", settings=first.settings, credentials=first.credentials)

    rotated = await adapter.check(Given(None, {"secret": NEW}), held)

    signing = [s.reveal() for s in _active_secrets(rotated.credentials, clock.now())]
    assert signing == [NEW, OLD]
    clock.advance(OVERLAP)
    assert [s.reveal() for s in _active_secrets(rotated.credentials, clock.now())] == [NEW]


async def test_saving_the_same_secret_again_keeps_the_old_one_signing(
    adapters: Mapping[str, Adapter],
) -> None:
    adapter = adapters["webhook"]
    first = await adapter.check(Given({"url": URL}, {"secret": OLD}), None)
    held = a_connection(adapter="webhook", settings=first.settings, credentials=first.credentials)
    rotated = await adapter.check(Given(None, {"secret": NEW}), held)
    held = a_connection(
        adapter="webhook", settings=rotated.settings, credentials=rotated.credentials
    )

    again = await adapter.check(Given({"url": URL}, {"secret": NEW}), held)

    assert again == rotated


async def test_a_webhooks_url_alone_can_be_changed(adapters: Mapping[str, Adapter]) -> None:
    adapter = adapters["webhook"]
    first = await adapter.check(Given({"url": URL}, {"secret": OLD}), None)
    held = a_connection(adapter="webhook", settings=first.settings, credentials=first.credentials)

    moved = await adapter.check(Given({"url": "https://127.0.0.1/new"}, None), held)

    assert moved.credentials == {"url": "https://127.0.0.1/new", "secret": OLD}


async def test_a_fhir_key_is_kept_in_one_form_and_not_shown(
    adapters: Mapping[str, Adapter],
) -> None:
    key = ec_key()
    pasted = private_pem(key).replace("\n", "\\n")
    given = Given({"base_url": f"{URL}/"}, {"client_id": "us", "private_key": f'"{pasted}"'})

    checked = await adapters["fhir"].check(given, None)

    assert checked.settings == {"base_url": URL}
    assert checked.credentials == {"client_id": "us", "private_key": private_pem(key)}
    assert "PRIVATE" not in repr(checked)
    held = a_connection(adapter="fhir", settings=checked.settings, credentials=checked.credentials)
    assert await adapters["fhir"].check(Given(None, None), held) == checked


@pytest.mark.parametrize(
    "pasted",
    [
        f"{URL}/",
        f"{URL}//",
        f" <{URL}> ",
        f"{URL}?",
        f"{URL}#",
        f"{URL}/?#",
        f"{URL}/metadata",
        f"{URL}//metadata/",
        f"{URL}/.well-known/smart-configuration",
        URL.replace("https", "HTTPS"),
    ],
)
async def test_a_fhir_server_is_known_however_it_is_pasted(
    adapters: Mapping[str, Adapter], pasted: str
) -> None:
    checked = await adapters["fhir"].check(Given({"base_url": pasted}, {"token": "x"}), None)

    assert checked.settings == {"base_url": URL}
