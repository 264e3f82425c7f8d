"""Names that lead nowhere outside the machine, cluster, cloud or house they are used in."""

from typing import Final

# Last labels that no public name has: RFC 6761 (but `example`, which is for documents and leads nowhere), 6762, 7686,
# 8375, 9476, ICANN's reserved `internal` and never delegated `home`, `corp`, `mail`, and what clusters and houses use.
INSIDE: Final = frozenset(
    {
        *("localhost", "test", "invalid", "local", "onion", "alt", "arpa", "internal"),
        *("home", "corp", "mail", "lan", "localdomain", "domain", "workgroup", "intranet", "intra"),
        *(
            "private",
            "priv",
            "router",
            "gateway",
            "svc",
            "cluster",
            "default",
            "kube-system",
            "consul",
        ),
    }
)
