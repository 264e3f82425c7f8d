from leadstream.settings.base import CONSOLE_PORT, SERVICE_PORTS, ProcessSettings, ServiceSettings
from leadstream.settings.document import Variable, settings_table, variables
from leadstream.settings.load import load
from leadstream.settings.retention import BillingRetention, LeadRetention
from leadstream.settings.together import Keyless, needed_with, one_of
from leadstream.settings.types import (
    ApiKey,
    Hosts,
    HttpUrl,
    Line,
    Networks,
    Seconds,
    Sender,
    SigningSecret,
    TimeLimit,
    seconds,
)

__all__ = [
    "CONSOLE_PORT",
    "SERVICE_PORTS",
    "ApiKey",
    "BillingRetention",
    "Hosts",
    "HttpUrl",
    "Keyless",
    "LeadRetention",
    "Line",
    "Networks",
    "ProcessSettings",
    "Seconds",
    "Sender",
    "ServiceSettings",
    "SigningSecret",
    "TimeLimit",
    "Variable",
    "load",
    "needed_with",
    "one_of",
    "seconds",
    "settings_table",
    "variables",
]
