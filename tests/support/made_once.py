"""What is costly to make and never changes is made once in a process, not for each test.

Each test makes a service, with some 120 routes and a few clients. FastAPI has pydantic make a validator for every
parameter and every answer of every route, twice, and most are the same: an error, a limit, an id. A client reads all
certificate authorities. In a process of a service that happens once; in those of tests it was half of their time.
"""

import os
import ssl
from typing import Any, get_args

import httpx
from fastapi._compat import v2
from httpx._transports import default
from pydantic import TypeAdapter

_make_validator = TypeAdapter
_make_context = httpx.create_ssl_context
_validators: dict[Any, TypeAdapter[Any]] = {}
_contexts: dict[Any, ssl.SSLContext] = {}


def install() -> None:
    """For this process, from now on."""
    for module, name, once in (
        (v2, "TypeAdapter", _validator),
        (default, "create_ssl_context", _context),
        # Where httpx-aiohttp has it from.
        (httpx, "create_ssl_context", _context),
    ):
        setattr(module, name, once)


def _validator(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
    annotation, *metadata, field = get_args(annotated)
    given = field._attributes_set
    key = (
        _key(annotation),
        *map(_key, metadata),
        *((name, _key(given[name])) for name in sorted(given)),
        _key(config),
    )
    if key not in _validators:
        _validators[key] = _make_validator(annotated, config=config)
    return _validators[key]


def _key(value: Any) -> tuple[type, Any]:
    """Equal for equal values of one type: True is not 1 here."""
    try:
        hash(value)
    except TypeError:  # a list of examples, say
        return type(value), repr(value)
    return type(value), value


def _context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    """The usual one, with everybody's authorities; whoever gives their own has one of their own."""
    if verify is not True or cert is not None:
        return _make_context(verify, cert, trust_env)
    key = (trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    if key not in _contexts:
        _contexts[key] = _make_context(verify, cert, trust_env)
    return _contexts[key]
