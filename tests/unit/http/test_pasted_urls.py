"""URLs as people paste them, and names that lead nowhere but inside: by their form, before anything is resolved."""

from ipaddress import ip_network

import pytest

from leadstream.http import EgressGuard, UnsafeUrlError
from unit.http.fake_resolver import FakeResolver

URL = "https://hooks.slack.com/services/T0/B0/x"


def a_guard(*allow: str, trusted: tuple[str, ...] = ()) -> EgressGuard:
    """Its resolver knows no name but those of a network inside."""
    resolver = FakeResolver(hook_localhost=["127.0.0.1"], crm_internal=["10.0.0.7"])
    return EgressGuard(
        allow=[ip_network(network) for network in allow], trusted_hosts=trusted, resolver=resolver
    )


@pytest.mark.parametrize(
    "pasted",
    [
        f" {URL}",
        f"{URL} ",
        f"{URL}\n",
        f"\t{URL}\r\n",
        f"\u00a0{URL}\u00a0",
        f"\u200b{URL}",
        f"{URL}\u200b",
        f"\ufeff{URL}",
        f"\u2060{URL}\u200e",
        f'"{URL}"',
        f"'{URL}'",
        f"<{URL}>",
        f' "<{URL}>"\n',
        f"“{URL}”",
        f"`{URL}`",
        URL.replace("https://hooks.slack.com", "HTTPS://Hooks.Slack.COM"),
        URL.replace("slack.com", "slack.com:443"),
    ],
)
async def test_what_surrounds_a_url_is_no_part_of_it(pasted: str) -> None:
    assert a_guard().check_vendor_url(pasted, ["hooks.slack.com"]) == URL
    assert await a_guard().check_url(pasted) == URL


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T0 /B0/x",
        "https://hooks.slack.com/services/\u200bT0",
        "https://hooks.slack.com/services/\u00a0T0",
        "https://hooks.slack.com/services/\nT0",
        "https://hooks\u200b.slack.com/services",
        "https://hooks.slack.com/<T0>",
        'https://hooks.slack.com/"T0"',
        'https://hooks.slack.com/T0"',
        "https://hooks.slack.com\\services",
        f"{URL} {URL}",
        f"Slack: {URL}",
        f"[Slack]({URL})",
        "${SLACK_URL}",
        "hooks.slack.com/services/T0",
        "https//hooks.slack.com/services",
        "   ",
    ],
)
async def test_what_is_inside_one_is_not_guessed_at(url: str) -> None:
    with pytest.raises(UnsafeUrlError):
        a_guard().check_vendor_url(url, ["hooks.slack.com"])
    with pytest.raises(UnsafeUrlError):
        await a_guard().check_url(url)


INSIDE = [
    "localhost",
    "foo.localhost",
    "FOO.LocalHost",
    "foo.localhost.",
    "a.b.localhost",
    "foo。localhost",
    "foo\uff0elocalhost",
    "metadata.google.internal",
    "instance-data.ec2.internal",
    "host.docker.internal",
    "metadata",
    "sandbox",
    "printer.local",
    "kubernetes.default.svc",
    "kubernetes.default",
    "delivery.leads.svc.cluster.local",
    "api.svc.cluster",
    "nas.home.arpa",
    "1.0.0.127.in-addr.arpa",
    "router.lan",
    "fritz.home",
    "wiki.corp",
    "mx.mail",
    "wiki.intranet",
    "wiki.private",
    "a.test",
    "a.invalid",
    "a.onion",
    "a.alt",
    "db.localdomain",
    "vault.service.consul",
]


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("form", ["https://{}/", "https://{}:8443/hook", " https://{} "])
async def test_a_name_for_use_inside_is_refused_though_nothing_here_knows_it(
    host: str, form: str
) -> None:
    with pytest.raises(UnsafeUrlError):
        await a_guard().check_url(form.format(host))


@pytest.mark.parametrize(
    "host",
    [
        "hooks.acme.example",
        "localhost.example.com",
        "internal.example.com",
        "local.acme.example",
        "svc.acme.example",
        "mylocalhost.com",
        "acme.localhosting.com",
        "notinternal.de",
    ],
)
async def test_a_public_name_that_looks_alike_is_not(host: str) -> None:
    assert await a_guard().check_url(f"https://{host}/") == f"https://{host}/"


async def test_what_egress_allow_names_may_have_such_a_name() -> None:
    guard = a_guard("127.0.0.0/8", "10.0.0.0/8")

    await guard.check_url("https://hook.localhost/")
    await guard.check_url("http://crm.internal:9000/in")
    with pytest.raises(UnsafeUrlError):
        await guard.check_url("https://other.internal/")


async def test_trusted_hosts_may_have_such_a_name() -> None:
    guard = a_guard("10.0.0.0/8", trusted=("crm.internal", "*.svc"))

    await guard.check_url("http://crm.internal/in")
    assert guard.check_vendor_url("http://slack.tools.svc/x", ["hooks.slack.com"])
