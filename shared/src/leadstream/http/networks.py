"""Where a user-supplied URL must not lead: IANA's special-purpose registries, and a few the clouds added.

`ipaddress.is_global` will not do: it is true for NAT64, 6to4, `::127.0.0.1`, multicast and 192.0.0.192.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from leadstream.urls import Address

Network: TypeAlias = IPv4Network | IPv6Network

SPECIAL_V4: dict[IPv4Network, str] = {
    IPv4Network("0.0.0.0/8"): "this network",
    IPv4Network("10.0.0.0/8"): "private",
    IPv4Network("100.64.0.0/10"): "shared address space",
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network("168.63.129.16/32"): "Azure's host services",
    IPv4Network("169.254.0.0/16"): "link-local",
    IPv4Network("172.16.0.0/12"): "private",
    IPv4Network("192.0.0.0/24"): "protocol assignments",
    IPv4Network("192.0.2.0/24"): "documentation",
    IPv4Network("192.31.196.0/24"): "AS112",
    IPv4Network("192.52.193.0/24"): "AMT relays",
    IPv4Network("192.88.99.0/24"): "6to4 relays",
    IPv4Network("192.168.0.0/16"): "private",
    IPv4Network("192.175.48.0/24"): "AS112",
    IPv4Network("198.18.0.0/15"): "benchmarking",
    IPv4Network("198.51.100.0/24"): "documentation",
    IPv4Network("203.0.113.0/24"): "documentation",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved",
}

SPECIAL_V6: dict[IPv6Network, str] = {
    IPv6Network("::1/128"): "loopback",
    IPv6Network("::/96"): "unspecified or IPv4-compatible",
    IPv6Network("64:ff9b::/96"): "NAT64",
    IPv6Network("64:ff9b:1::/48"): "local NAT64",
    IPv6Network("100::/64"): "discard-only",
    IPv6Network("2001::/32"): "Teredo",
    IPv6Network("2001::/23"): "protocol assignments",
    IPv6Network("2001:db8::/32"): "documentation",
    IPv6Network("2002::/16"): "6to4",
    IPv6Network("2620:4f:8000::/48"): "AS112",
    IPv6Network("3fff::/20"): "documentation",
    IPv6Network("fc00::/7"): "unique local",
    IPv6Network("fe80::/10"): "link-local",
    IPv6Network("fec0::/10"): "site-local",
    IPv6Network("ff00::/8"): "multicast",
}

# The only IPv6 space IANA has opened for global unicast so far.
GLOBAL_V6 = IPv6Network("2000::/3")


def plain(address: Address) -> Address:
    """Unwrap `::ffff:a.b.c.d`, which the kernel dials as the IPv4 address inside."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parse_address(text: str) -> Address:
    """Read what getaddrinfo and sockets say; a zone id is no part of the address."""
    return plain(ip_address(text.partition("%")[0]))


def special_use(address: Address) -> str | None:
    """Why an address is no place on the public Internet, or None if it is one."""
    address = plain(address)
    if isinstance(address, IPv4Address):
        return next((use for network, use in SPECIAL_V4.items() if address in network), None)
    use = next((use for network, use in SPECIAL_V6.items() if address in network), None)
    return use or (None if address in GLOBAL_V6 else "not global unicast")
