"""What is costly to make and never changes is made once in a process, not for each test.

Each test makes a service, with some 120 routes and a few clients. FastAPI reads the signature of every route, and has
pydantic make a validator for every parameter and every answer, twice; only the functions behind them are new. A client
reads all certificate authorities. In a process of a service that happens once; in those of tests it was half of their
time.
"""

import os
import ssl
from collections.abc import Callable
from dataclasses import replace
from types import FunctionType
from typing import Annotated, Any, Literal, get_args, get_origin

import httpx
from fastapi import routing
from fastapi._compat import v2
from fastapi.dependencies import utils
from fastapi.dependencies.models import Dependant
from fastapi.utils import create_model_field
from httpx._transports import default
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

_make_validator = TypeAdapter
_make_context = httpx.create_ssl_context
_make_dependant = utils.get_dependant
_make_answer = create_model_field
_validators: dict[Any, TypeAdapter[Any]] = {}
_contexts: dict[Any, ssl.SSLContext] = {}
_dependants: dict[Any, Dependant] = {}
_answers: dict[Any, v2.ModelField] = {}


def install() -> None:
    """For this process, from now on."""
    for module, name, once in (
        (v2, "TypeAdapter", _validator),
        (default, "create_ssl_context", _context),
        # Where httpx-aiohttp has it from.
        (httpx, "create_ssl_context", _context),
        (utils, "get_dependant", _dependant),
        (routing, "get_dependant", _dependant),
        (routing, "create_model_field", _answer),
    ):
        setattr(module, name, once)


def _dependant(*, call: Callable[..., Any], **options: Any) -> Dependant:
    """What the signature of `call` asks for; whoever has it adds dependencies of their own."""
    if not isinstance(call, FunctionType) or hasattr(call, "__wrapped__"):
        return _make_dependant(call=call, **options)
    key = (call.__code__, _key(options), *map(_key, _signature(call)))
    if key not in _dependants:
        _dependants[key] = replace(_make_dependant(call=call, **options), call=None)
    found = _dependants[key]
    return replace(found, call=call, dependencies=[*found.dependencies])


def _signature(call: FunctionType) -> tuple[Any, ...]:
    return call.__annotations__, call.__defaults__, call.__kwdefaults__


def _answer(name: str, type_: Any, *, mode: Literal["serialization"]) -> v2.ModelField:
    key = (name, _key(type_), mode)
    if key not in _answers:
        _answers[key] = _make_answer(name=name, type_=type_, mode=mode)
    return _answers[key]


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


def _key(value: Any) -> tuple[Any, Any]:
    """Equal for equal values of one type: True is not 1 here."""
    if isinstance(value, dict):
        return dict, tuple((name, _key(value[name])) for name in value)
    if isinstance(value, list | tuple):
        return type(value), tuple(map(_key, value))
    if get_origin(value) is Annotated:
        return Annotated, tuple(map(_key, get_args(value)))
    if isinstance(value, FieldInfo):
        # Written in a function, it is another one for each call.
        slots = tuple(_key(getattr(value, name, None)) for name in FieldInfo.__slots__)
        return type(value), (*slots, _key(vars(value)))
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
