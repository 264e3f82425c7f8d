from leadstream.settings.base import SERVICE_PORTS, ServiceSettings
from leadstream.settings.document import Variable, settings_table, variables
from leadstream.settings.load import load
from leadstream.settings.retention import BillingRetention, LeadRetention
from leadstream.settings.types import EncryptionKeys, Hosts, Networks, Seconds, seconds

__all__ = [
    "SERVICE_PORTS",
    "BillingRetention",
    "EncryptionKeys",
    "Hosts",
    "LeadRetention",
    "Networks",
    "Seconds",
    "ServiceSettings",
    "Variable",
    "load",
    "seconds",
    "settings_table",
    "variables",
]
