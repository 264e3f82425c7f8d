"""Where the commands read their variables: the environment, and `.env` in the working folder for what is not in it."""

import os
from collections.abc import Mapping
from functools import cache

from dotenv import dotenv_values

from leadstream.pasted import unwrap


def environment() -> Mapping[str, str]:
    """What is set, without what surrounds a pasted value. An empty variable is none; all as for the services."""
    given = {
        name: unwrap(value) for name, value in (*_file().items(), *os.environ.items()) if value
    }
    return {name: value for name, value in given.items() if value}


@cache
def _file() -> Mapping[str, str | None]:
    return dotenv_values(".env")
