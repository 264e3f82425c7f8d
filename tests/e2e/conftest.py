from uuid import UUID

import pytest

from support.pipeline import EQUIPPED, Pipeline


@pytest.fixture
async def workspace(pipeline: Pipeline) -> UUID:
    """A workspace of the test's own, with everything a lead may need."""
    return await pipeline.workspace(**EQUIPPED)
