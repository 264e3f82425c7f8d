"""Which shop a connection leads to, and by what keys."""

from datetime import timedelta
from typing import Any, cast

import pytest

from leadstream.http import EgressGuard
from platform_upload.adapters.shopify.adapter import ShopifyAdapter
from platform_upload.adapters.shopify.api import ShopifyApi
from platform_upload.adapters.shopify.shops import base_url
from platform_upload.adapters.shopify.tokens import LIFE, _life
from platform_upload.application.ports import Given, InvalidConnectionError

CLIENT = {"client_id": "a", "client_secret": "b"}
TOKEN = {"access_token": "shpat_x"}


@pytest.fixture
def adapter() -> ShopifyAdapter:
    guard = EgressGuard(trusted_hosts=["proxy.example"])
    return ShopifyAdapter(cast(ShopifyApi, None), guard)  # no call is made


@pytest.mark.parametrize(
    ("given", "shop"),
    [
        ("acme", "acme.myshopify.com"),
        (" Acme-2.MyShopify.com ", "acme-2.myshopify.com"),
        ("https://acme.myshopify.com/admin/orders?x=1", "acme.myshopify.com"),
        ("https://acme.myshopify.com.", "acme.myshopify.com"),
        ("https://admin.shopify.com/store/acme/settings", "acme.myshopify.com"),
        ("admin.shopify.com/store/acme", "acme.myshopify.com"),
        ("http://admin.shopify.com/store/Acme/", "acme.myshopify.com"),
        ('"acme.myshopify.com"', "acme.myshopify.com"),
        ("http://proxy.example/shopify/acme?", "http://proxy.example/shopify/acme"),
        ("http://proxy.example/shopify/acme/#", "http://proxy.example/shopify/acme"),
        ("http://proxy.example:8080/shopify/acme/", "http://proxy.example:8080/shopify/acme"),
    ],
)
async def test_a_shop_is_known_however_it_was_pasted(
    adapter: ShopifyAdapter, given: str, shop: str
) -> None:
    checked = await adapter.check(Given({"shop": given, "on_update": "overwrite"}, CLIENT), None)

    assert checked.settings == {"shop": shop, "on_update": "overwrite"}
    assert base_url(checked.settings).endswith(shop)
    assert base_url(checked.settings).startswith("http")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "shop.acme.example",
        "https://acme.myshopify.com.evil.example",
        "https://evil.example/acme.myshopify.com",
        "https://user:pw@acme.myshopify.com",
        "http://acme.myshopify.com",
        "https://acme.myshopify.com:8443",
        "https://a.b.myshopify.com",
        "myshopify.com",
        "-acme",
        "acme-",
        "https://acme-.myshopify.com",
        "https://admin.shopify.com/store/acme-",
        "acme shop",
        "http://proxy.example/x?y=1",
        "http://169.254.169.254/",
        None,
        7,
    ],
)
async def test_what_is_no_shop_is_refused(adapter: ShopifyAdapter, given: object) -> None:
    with pytest.raises(InvalidConnectionError) as caught:
        await adapter.check(Given({"shop": given}, CLIENT), None)

    assert caught.value.field == "settings.shop"


@pytest.mark.parametrize(
    ("settings", "credentials", "field"),
    [
        ({}, CLIENT, "settings.shop"),
        ({"shop": "acme", "my_domain": "x"}, CLIENT, "settings.my_domain"),
        ({"shop": "acme", "on_update": "often"}, CLIENT, "settings.on_update"),
        ({"shop": "acme"}, {}, "credentials.client_id"),
        ({"shop": "acme"}, CLIENT | TOKEN, "credentials.client_id"),
        ({"shop": "acme"}, {"client_id": "a"}, "credentials.client_secret"),
        ({"shop": "acme"}, {"client_secret": "a"}, "credentials.client_id"),
        ({"shop": "acme"}, {"access_token": "a b"}, "credentials.access_token"),
        ({"shop": "acme"}, {"token": "hunter2"}, "credentials.token"),
    ],
)
async def test_what_does_not_work_is_refused_when_it_is_saved(
    adapter: ShopifyAdapter, settings: dict[str, Any], credentials: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidConnectionError) as caught:
        await adapter.check(Given(settings, credentials), None)

    assert caught.value.field == field
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("credentials", [CLIENT, TOKEN])
async def test_either_kind_of_keys_is_taken(
    adapter: ShopifyAdapter, credentials: dict[str, str]
) -> None:
    checked = await adapter.check(Given({"shop": "acme"}, credentials), None)

    assert checked.credentials == credentials
    assert "shpat_x" not in repr(checked)


@pytest.mark.parametrize(
    ("announced", "kept"),
    [
        (86_399, LIFE - timedelta(seconds=1)),
        (None, LIFE),
        ("soon", LIFE),
        (10**8, LIFE),
        (600, timedelta(seconds=300)),
    ],
)
def test_a_token_is_kept_for_less_than_it_lives(announced: object, kept: timedelta) -> None:
    assert _life(announced) == kept
