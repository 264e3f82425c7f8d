"""The providers the sandbox speaks for. A new one is a module here and a line in this list."""

from leadstream_dev.sandbox.provider import Provider
from leadstream_dev.sandbox.providers.clay import Clay
from leadstream_dev.sandbox.providers.clay_public.provider import ClayPublic
from leadstream_dev.sandbox.providers.datashopper import DataShopper
from leadstream_dev.sandbox.providers.fhir.provider import Fhir
from leadstream_dev.sandbox.providers.g2.provider import G2
from leadstream_dev.sandbox.providers.hooks import Hooks
from leadstream_dev.sandbox.providers.hubspot.provider import HubSpot
from leadstream_dev.sandbox.providers.hunter.provider import Hunter
from leadstream_dev.sandbox.providers.marketo.provider import Marketo
from leadstream_dev.sandbox.providers.people_data_labs.provider import PeopleDataLabs
from leadstream_dev.sandbox.providers.resend.provider import Resend
from leadstream_dev.sandbox.providers.salesforce.provider import Salesforce
from leadstream_dev.sandbox.providers.shopify.provider import Shopify
from leadstream_dev.sandbox.providers.slack import Slack
from leadstream_dev.sandbox.providers.wealthbox.provider import Wealthbox

PROVIDERS: tuple[type[Provider], ...] = (
    DataShopper,
    G2,
    Clay,
    PeopleDataLabs,
    Hunter,
    ClayPublic,
    Resend,
    Slack,
    HubSpot,
    Salesforce,
    Marketo,
    Shopify,
    Wealthbox,
    Fhir,
    Hooks,
)
