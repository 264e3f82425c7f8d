from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from contract.contact_sources.case import SourceCase, VerifierCase
from contract.contact_sources.cases import SOURCES, VERIFIERS
from leadstream.http import ProviderClient, Timeouts, provider_client


@pytest.fixture(params=SOURCES, ids=lambda case: case.provider)
def case(request: pytest.FixtureRequest) -> SourceCase:
    found: SourceCase = request.param
    return found


@pytest.fixture(params=VERIFIERS, ids=lambda case: case.provider)
def verifier_case(request: pytest.FixtureRequest) -> VerifierCase:
    found: VerifierCase = request.param
    return found


@pytest.fixture
async def client() -> AsyncIterator[ProviderClient]:
    http = provider_client(timeouts=Timeouts(total=timedelta(seconds=30)))
    yield ProviderClient(http)
    await http.aclose()


@pytest.fixture
async def hasty_client() -> AsyncIterator[ProviderClient]:
    """One that gives up soon."""
    http = provider_client(timeouts=Timeouts(total=timedelta(seconds=1)))
    yield ProviderClient(http)
    await http.aclose()
