"""A module for each adapter."""

from collections.abc import Sequence

from contract.platforms.case import PlatformCase
from contract.platforms.cases.fhir import FhirCase
from contract.platforms.cases.hubspot import HubspotCase
from contract.platforms.cases.marketo import MarketoCase
from contract.platforms.cases.salesforce import SalesforceCase
from contract.platforms.cases.shopify import ShopifyCase
from contract.platforms.cases.wealthbox import WealthboxCase
from contract.platforms.cases.webhook import WebhookCase

CASES: Sequence[PlatformCase] = (
    FhirCase(),
    HubspotCase(),
    MarketoCase(),
    SalesforceCase(),
    ShopifyCase(),
    WealthboxCase(),
    WebhookCase(),
)
