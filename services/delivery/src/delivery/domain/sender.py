"""Who a workspace's e-mails come from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSender:
    """What a workspace says of the sender of its e-mails; None: what the deployment says."""

    # An address, or `Name <address>`.
    from_address: str | None = None
    reply_to: str | None = None
    # Postal address, as mail laws ask for.
    footer: str | None = None


# Nothing of its own.
AS_DEPLOYED = OwnSender()


def domain_of(sender: str) -> str:
    """The domain of an address, or of `Name <address>`, as DNS has it: lower case."""
    address = sender.rpartition("<")[2].rstrip(">").strip()
    return address.rpartition("@")[2].lower()
