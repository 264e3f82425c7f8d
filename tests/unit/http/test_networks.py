from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest

from leadstream.http.networks import SPECIAL_V4, SPECIAL_V6, parse_address, special_use


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:80b::200e",
        "::ffff:8.8.8.8",
    ],
)
def test_public_addresses_have_no_special_use(address: str) -> None:
    assert special_use(ip_address(address)) is None


@pytest.mark.parametrize(
    ("address", "use"),
    [
        ("0.0.0.0", "this network"),  # noqa: S104 - nothing is bound to it
        ("10.1.2.3", "private"),
        ("100.64.0.1", "shared address space"),
        ("100.100.100.200", "shared address space"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "Azure's host services"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "protocol assignments"),
        ("192.88.99.1", "6to4 relays"),
        ("192.168.0.1", "private"),
        ("198.19.0.1", "benchmarking"),
        ("203.0.113.7", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified or IPv4-compatible"),
        ("::1", "loopback"),
        ("::127.0.0.1", "unspecified or IPv4-compatible"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:a9fe:a9fe", "link-local"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::1", "local NAT64"),
        ("100::1", "discard-only"),
        ("2001::1", "Teredo"),
        ("2001:10::1", "protocol assignments"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff::1", "documentation"),
        ("5f00::1", "not global unicast"),
        ("4000::1", "not global unicast"),
        ("fd00:ec2::254", "unique local"),
        ("fe80::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
    ],
)
def test_special_addresses_name_their_use(address: str, use: str) -> None:
    assert special_use(ip_address(address)) == use


@pytest.mark.parametrize("network", [*SPECIAL_V4, *SPECIAL_V6], ids=str)
def test_networks_are_refused_to_their_edges(network: IPv4Network | IPv6Network) -> None:
    assert special_use(network[0]) is not None
    assert special_use(network[-1]) is not None


def test_zone_ids_of_the_resolver_are_ignored() -> None:
    assert special_use(parse_address("fe80::1%eth0")) == "link-local"
