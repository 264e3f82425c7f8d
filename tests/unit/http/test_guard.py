"""What may be saved as a URL; what is dialled is tested on real sockets, in tests/integration/http."""

from ipaddress import ip_network

import pytest

from leadstream.http import EgressGuard, UnsafeUrlError
from unit.http.fake_resolver import FakeResolver

# `ssrf_deny` of the contract fixtures (webhook_out.json).
DENIED = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fec0::1]/",
    "http://[::127.0.0.1]/",
    "http://224.0.0.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://user:pw@example.com/",
    "ftp://example.com/",
    "https://example.com:22/",
    "gopher://example.com/",
]

ODD_FORMS = [
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://1.2.3.4.5/",
    "https://256.1.1.1/",
    "https://0x/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://%31%32%37.0.0.1/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://a..example/",
    "https://-a.example/",
    "https://" + "a" * 64 + ".example/",
    "https://ex ample.com/",
    "https://xn--/",
    "https:///path",
    "https://",
    "//example.com/",
    "example.com",
    "",
    "https://[::1",
    "https://example.com\\@127.0.0.1/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com/" + "a" * 2048,
    "file:///etc/passwd",
    "javascript:alert(1)",
]


def a_guard(*allow: str, trusted: tuple[str, ...] = ()) -> EgressGuard:
    resolver = FakeResolver(
        example_com=["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"],
        localhost=["127.0.0.1", "::1"],
        internal_example=["10.0.0.7"],
        mixed_example=["93.184.216.34", "10.0.0.7"],
        mapped_example=["::ffff:10.0.0.7"],
        sandbox=["172.18.0.5"],
    )
    return EgressGuard(
        allow=[ip_network(network) for network in allow], trusted_hosts=trusted, resolver=resolver
    )


@pytest.mark.parametrize("url", DENIED + [url.replace("http:", "https:") for url in DENIED])
async def test_the_contracts_list_is_refused(url: str) -> None:
    with pytest.raises(UnsafeUrlError):
        await a_guard().check_url(url)


@pytest.mark.parametrize("url", ODD_FORMS)
async def test_odd_forms_are_refused_even_where_everything_is_allowed(url: str) -> None:
    guard = a_guard("0.0.0.0/0", "::/0", trusted=("*.com",))

    with pytest.raises(UnsafeUrlError):
        await guard.check_url(url)


@pytest.mark.parametrize(
    ("url", "normalised"),
    [
        ("https://example.com/hook?a=1", "https://example.com/hook?a=1"),
        ("HTTPS://EXAMPLE.com/hook", "https://example.com/hook"),
        ("https://example.com:443/hook", "https://example.com/hook"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
    ],
)
async def test_public_urls_are_normalised(url: str, normalised: str) -> None:
    assert await a_guard().check_url(url) == normalised


@pytest.mark.parametrize("host", ["internal.example", "mixed.example", "mapped.example"])
async def test_a_name_is_refused_for_any_of_its_addresses(host: str) -> None:
    with pytest.raises(UnsafeUrlError, match=r"not public \(private\)"):
        await a_guard().check_url(f"https://{host}/")


async def test_the_reason_names_neither_url_nor_address() -> None:
    with pytest.raises(UnsafeUrlError) as caught:
        await a_guard().check_url("https://internal.example/secret-path")

    assert "secret-path" not in str(caught.value)
    assert "10.0.0.7" not in str(caught.value)


@pytest.mark.parametrize("host", ["not-yet.example", "hangs.example"])
async def test_a_name_that_does_not_resolve_now_is_judged_when_dialled(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.http.guard.RESOLVE_SECONDS", 0.01)

    assert await a_guard().check_url(f"https://{host}/") == f"https://{host}/"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hook",
        "https://127.0.0.1:9000/hook",
        "http://[::ffff:127.0.0.1]:9000/hook",
        "https://127.0.0.1/hook",
        "http://sandbox:8080/hook",
    ],
)
async def test_egress_allow_opens_its_networks_on_any_port_and_by_http(url: str) -> None:
    guard = a_guard("127.0.0.0/8", "172.16.0.0/12")

    await guard.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:9000/",
        "https://sandbox/",
        "http://not-yet.example/",
        "http://10.0.0.7/",
        "https://10.0.0.7/",
        "http://localhost:9000/",  # ::1 is not in 127.0.0.0/8
    ],
)
async def test_egress_allow_opens_nothing_else(url: str) -> None:
    with pytest.raises(UnsafeUrlError):
        await a_guard("127.0.0.0/8").check_url(url)


async def test_trusted_hosts_are_called_by_http_and_their_addresses_still_judged() -> None:
    guard = a_guard(trusted=("example.com", "internal.example"))

    await guard.check_url("http://example.com:9000/")
    with pytest.raises(UnsafeUrlError):
        await guard.check_url("http://internal.example:9000/")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T/B/x",
        "https://acme.my.salesforce.com/",
        "https://acme--dev.sandbox.my.salesforce.com/",
        "http://sandbox:9000/services/T/B/x",
        "https://deep.trusted.example:9000/",
    ],
)
def test_a_vendors_url_is_known_by_its_host(url: str) -> None:
    guard = a_guard(trusted=("sandbox", "*.trusted.example"))

    assert guard.check_vendor_url(url, ["hooks.slack.com", "*.my.salesforce.com"]) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/T/B/x",
        "https://hooks.slack.com:8443/services/T/B/x",
        "https://hooks.slack.com.evil.example/",
        "https://evilhooks.slack.com/",
        "https://my.salesforce.com/",
        "https://evil.example/#hooks.slack.com",
        "https://hooks.slack.com@evil.example/",
        "https://trusted.example/",
        "https://example.com/",
    ],
)
def test_other_hosts_are_no_vendors(url: str) -> None:
    guard = a_guard(trusted=("sandbox", "*.trusted.example"))

    with pytest.raises(UnsafeUrlError):
        guard.check_vendor_url(url, ["hooks.slack.com", "*.my.salesforce.com"])
