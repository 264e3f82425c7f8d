from leadstream.accounts.catalogue import PROVIDERS, Provider, SourceList, provider_named
from leadstream.accounts.errors import UnreadableAccountError, WrongAccountError
from leadstream.accounts.model import Account
from leadstream.accounts.plan import Plan, StopWhen
from leadstream.accounts.ports import Accounts, Sources

__all__ = [
    "PROVIDERS",
    "Account",
    "Accounts",
    "Plan",
    "Provider",
    "SourceList",
    "Sources",
    "StopWhen",
    "UnreadableAccountError",
    "WrongAccountError",
    "provider_named",
]
