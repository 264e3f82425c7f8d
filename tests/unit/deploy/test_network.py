"""Who may call whom: everything is closed but for what is listed here."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

import pytest

from leadstream.http.guard import PORTS
from leadstream.http.networks import SPECIAL_V4, SPECIAL_V6, special_use
from leadstream.settings import SERVICE_PORTS
from support.helm import ROOT, SERVICES, Helm, Manifest, Rendered, Values, values_file
from unit.deploy.cases import EVERYTHING, PUBLIC

CALLERS = [service for service in SERVICES if service != "scheduler"]
KAFKA = {
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "kafka"}},
    "namespaceSelector": {},
}
POSTGRES = {
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "postgresql"}},
    "namespaceSelector": {},
}
DNS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}
CONSOLE = {
    "podSelector": {
        "matchLabels": {
            "app.kubernetes.io/name": "leadstream",
            "app.kubernetes.io/instance": "acme",
            "app.kubernetes.io/component": "console",
        }
    }
}
# Private, set apart or the cloud's own: what must not be dialled, whatever a URL says.
NEVER = [
    "0.0.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "168.63.129.16", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::",
    "2620:4f:8000::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip
ALWAYS = [
    "1.1.1.1",
    "8.8.8.8",
    "104.16.0.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


def ports(rule: Manifest) -> set[tuple[str, Any]]:
    return {(each["protocol"], each["port"]) for each in rule["ports"]}


def policy(rendered: Rendered, name: str) -> Manifest:
    spec: Manifest = rendered.one("NetworkPolicy", name)["spec"]
    assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"]
    return spec


def https_rules(spec: Manifest) -> list[Manifest]:
    return [rule for rule in spec["egress"] if ("TCP", 443) in ports(rule)]


def lets_through(rule: Manifest, address: str) -> bool:
    """As a network plugin reads it: in a block, and in none of its exceptions."""
    dialled = ip_address(address)
    for peer in rule["to"]:
        block = peer["ipBlock"]
        if dialled in ip_network(block["cidr"]) and not any(
            dialled in ip_network(network) for network in block.get("except", [])
        ):
            return True
    return False


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["default", "everything"])
def test_everything_is_denied_first(helm: Helm, values: Values) -> None:
    rendered = helm.render(values)
    deny = policy(rendered, "default-deny")

    assert not {"ingress", "egress"} & deny.keys()
    for pod in rendered.pods().values():
        assert deny["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reaches_dns_kafka_its_postgres_and_https(helm: Helm, service: str) -> None:
    dns, kafka, postgres, *rest = policy(helm.render(), service)["egress"]

    assert (dns["to"], ports(dns)) == ([DNS], {("UDP", 53), ("TCP", 53)})
    assert (kafka["to"], ports(kafka)) == ([KAFKA], {("TCP", 9092)})
    assert (postgres["to"], ports(postgres)) == ([POSTGRES], {("TCP", 5432)})
    assert [ports(rule) for rule in rest] == (
        [] if service == "scheduler" else [{("TCP", port) for port in PORTS}]
    )


def test_the_scheduler_calls_nobody_outside(helm: Helm) -> None:
    for values in ({}, EVERYTHING, values_file("values-production.yaml")):
        spec = policy(helm.render(values), "scheduler")
        assert not https_rules(spec)
        assert len(spec["egress"]) == 3


@pytest.mark.parametrize("service", CALLERS)
def test_https_leads_to_public_addresses_only(helm: Helm, service: str) -> None:
    (rule,) = https_rules(policy(helm.render(), service))

    assert [address for address in NEVER if lets_through(rule, address)] == []
    assert [address for address in ALWAYS if not lets_through(rule, address)] == []


def test_the_closed_networks_are_those_that_the_services_refuse_themselves(helm: Helm) -> None:
    (rule,) = https_rules(policy(helm.render(), "delivery"))
    v4, v6 = (peer["ipBlock"] for peer in rule["to"])

    assert {IPv4Network(network) for network in v4["except"]} == set(SPECIAL_V4)
    assert all(special_use(IPv6Network(network)[0]) for network in v6["except"])
    special: list[IPv4Network | IPv6Network] = [*SPECIAL_V4, *SPECIAL_V6]
    edges = [str(address) for network in special for address in (network[0], network[-1])]
    assert [address for address in edges if lets_through(rule, address)] == []


def test_every_exception_lies_in_its_block(helm: Helm) -> None:
    """Kubernetes refuses the whole policy otherwise."""
    (rule,) = https_rules(policy(helm.render(), "delivery"))

    for peer in rule["to"]:
        block = ip_network(peer["ipBlock"]["cidr"])
        for network in peer["ipBlock"]["except"]:
            assert ip_network(network).subnet_of(block), network  # type: ignore[arg-type]


def test_the_clusters_own_networks_can_be_closed_where_they_are_public(helm: Helm) -> None:
    networks = ["11.0.0.0/8", "2a01:4f8::/32"]
    rendered = helm.render({"networkPolicy": {"clusterNetworks": networks}})
    (rule,) = https_rules(policy(rendered, "delivery"))

    assert lets_through(https_rules(policy(helm.render(), "delivery"))[0], "11.1.1.1")
    assert not lets_through(rule, "11.1.1.1")
    assert not lets_through(rule, "2a01:4f8::1")


def test_egress_allow_opens_what_the_guard_opens_and_where_users_give_urls(helm: Helm) -> None:
    rendered = helm.render({"settings": {"EGRESS_ALLOW": "10.1.0.0/16, fd00::/64"}})
    opened = [{"ipBlock": {"cidr": "10.1.0.0/16"}}, {"ipBlock": {"cidr": "fd00::/64"}}]

    for service in SERVICES:
        rules = policy(rendered, service)["egress"]
        assert ({"to": opened} in rules) is (service in {"delivery", "platform-upload"})


@pytest.mark.parametrize("exporter", ["otlp", "none"])
def test_the_collector_is_reached_by_all_while_tracing_is_on(helm: Helm, exporter: str) -> None:
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "tracing"}}}]
    rule = {"to": peers, "ports": [{"protocol": "TCP", "port": 4318}]}
    rendered = helm.render(
        {
            "settings": {"OTEL_TRACES_EXPORTER": exporter},
            "networkPolicy": {"collector": {"to": peers}},
        }
    )

    reaching = [s for s in SERVICES if rule in policy(rendered, s)["egress"]]

    assert reaching == (list(SERVICES) if exporter == "otlp" else [])


@pytest.mark.parametrize("service", SERVICES)
def test_only_metrics_and_the_admin_api_are_reached(helm: Helm, service: str) -> None:
    scrapers = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    operators = {"podSelector": {"matchLabels": {"role": "operator"}}}

    (closed,) = policy(helm.render(), service)["ingress"]
    (rule,) = policy(helm.render({"networkPolicy": {"adminFrom": [operators]}}), service)["ingress"]

    assert closed["from"] == [scrapers, CONSOLE]
    assert rule["from"] == [scrapers, operators, CONSOLE]
    assert ports(rule) == ports(closed) == {("TCP", "http")}


@pytest.mark.parametrize("service", SERVICES)
def test_without_anybody_to_let_in_nobody_is(helm: Helm, service: str) -> None:
    """A rule with an empty `from` would let everybody in."""
    alone = {"networkPolicy": {"metricsFrom": []}, "console": {"enabled": False}}

    assert policy(helm.render(alone), service)["ingress"] == []


def test_the_console_reaches_the_services_and_dns_and_nothing_else(helm: Helm) -> None:
    for values in ({}, EVERYTHING, values_file("values-production.yaml")):
        rendered = helm.render(values)
        dns, *services = policy(rendered, "console")["egress"]

        assert dns["to"] == [DNS]
        for service, rule in zip(SERVICES, services, strict=True):
            (peer,) = rule["to"]
            labels = rendered.pods()[service]["metadata"]["labels"]
            assert peer.keys() == {"podSelector"}, "of this namespace only"
            assert peer["podSelector"]["matchLabels"].items() <= labels.items()
            assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == service
            assert ports(rule) == {("TCP", SERVICE_PORTS[service])}


def test_the_console_is_reached_by_scrapers_and_by_whom_values_name(helm: Helm) -> None:
    scrapers = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    controller = {"podSelector": {"matchLabels": {"app": "ingress"}}}
    operators = {"podSelector": {"matchLabels": {"role": "operator"}}}

    (closed,) = policy(helm.render({"networkPolicy": {"adminFrom": [operators]}}), "console")[
        "ingress"
    ]
    (opened,) = policy(helm.render(EVERYTHING), "console")["ingress"]
    nobody = policy(helm.render({"networkPolicy": {"metricsFrom": []}}), "console")["ingress"]

    assert closed["from"] == [scrapers]
    assert opened["from"] == [scrapers, controller]
    assert ports(opened) == {("TCP", "http")}
    assert nobody == []


def test_there_is_an_ingress_only_if_it_is_asked_for_and_by_tls(helm: Helm) -> None:
    (ingress,) = helm.render(EVERYTHING).all("Ingress").values()
    (rule,) = ingress["spec"]["rules"]

    assert not helm.render().all("Ingress")
    assert ingress["spec"]["tls"] == [{"hosts": ["leads.acme.example"], "secretName": "leads-tls"}]
    assert rule["host"] == "leads.acme.example"
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == "acme-leadstream-console"


@pytest.mark.parametrize("service", PUBLIC)
def test_a_service_is_reached_from_outside_only_when_it_is_public(helm: Helm, service: str) -> None:
    controller = {"podSelector": {"matchLabels": {"app": "ingress"}}}
    public = {"enabled": True, "from": [controller]}
    rendered = helm.render({"services": {service: {"public": public}}})

    reached = {
        name
        for name in SERVICES
        for rule in policy(rendered, name)["ingress"]
        if controller in rule["from"]
    }
    doors = [name for name in rendered.all("Service") if name.endswith("-public")]

    assert reached == {service}
    assert doors == [f"acme-leadstream-{service}-public"]


def test_nothing_is_public_by_itself(helm: Helm) -> None:
    assert not [name for name in helm.render().all("Service") if name.endswith("-public")]


@pytest.mark.parametrize("service", PUBLIC)
def test_a_door_says_which_paths_lead_through_it(helm: Helm, service: str) -> None:
    """And they are paths that the service has: else an operator opens what nobody answers."""
    (told,) = (n for n in helm.render(EVERYTHING).notes.splitlines() if f"{service}-public" in n)
    package = ROOT / "services" / service / "src" / service / "entrypoints"
    code = "".join(file.read_text() for file in package.rglob("*.py"))

    assert f"to {' and '.join(PUBLIC[service])} only" in told
    for path in PUBLIC[service]:
        assert f'"{path}' in code or f'prefix="{path.rstrip("/")}"' in code


def test_a_service_with_a_postgres_of_its_own_reaches_that_one(helm: Helm) -> None:
    own = {"to": [{"ipBlock": {"cidr": "10.9.0.1/32"}}], "port": 6432}
    rendered = helm.render({"services": {"enrichment": {"networkPolicy": {"postgres": own}}}})

    for name in ("enrichment", "enrichment-migrate"):
        postgres = next(r for r in policy(rendered, name)["egress"] if ports(r) == {("TCP", 6432)})
        assert postgres["to"] == own["to"]
    assert policy(rendered, "delivery")["egress"][2]["to"] == [POSTGRES]


@pytest.mark.parametrize(
    ("servers", "named", "expected"),
    [
        ("a:9092,b:9093, c:9092", [], {9092, 9093}),
        ("[fd00::1]:9095", [], {9095}),
        ("a:9092", [9094, 9095], {9094, 9095}),
    ],
)
def test_brokers_are_reached_at_their_ports(
    helm: Helm, servers: str, named: list[int], expected: set[int]
) -> None:
    values = {"kafka": {"bootstrapServers": servers}, "networkPolicy": {"kafka": {"ports": named}}}

    kafka = policy(helm.render(values), "discovery")["egress"][1]

    assert ports(kafka) == {("TCP", port) for port in expected}


def test_hooks_reach_only_what_they_are_for(helm: Helm) -> None:
    rendered = helm.render(EVERYTHING)

    for name in rendered.all("Job"):
        spec = policy(rendered, name.removeprefix("acme-leadstream-"))
        dns, other = spec["egress"]
        assert dns["to"] == [DNS]
        assert other["to"] == ([KAFKA] if name.endswith("-topics") else [POSTGRES])
        assert spec["ingress"] == []
