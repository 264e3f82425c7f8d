"""Where the commands read their variables: the environment, and `.env` in the working folder for what is not in it."""

import os
from collections.abc import Mapping
from functools import cache

from dotenv import dotenv_values


def environment() -> Mapping[str, str]:
    """What is set. An empty variable counts as one that is not, as for the services."""
    given = {name: value for name, value in os.environ.items() if value}
    return {name: value for name, value in _file().items() if value} | given


@cache
def _file() -> Mapping[str, str | None]:
    return dotenv_values(".env")
