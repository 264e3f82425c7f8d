"""The span of an admin call. Calls that were not admitted, probes and public routes have none."""

from starlette.datastructures import Headers
from starlette.types import Scope

from leadstream.observability.tracing import Kind, Span, Tracer, names


def begin_request(tracer: Tracer, scope: Scope, headers: Headers) -> Span:
    """Continue the caller's trace: whoever holds a token may say that a call is part of theirs."""
    return tracer.start(
        scope["method"],
        Kind.SERVER,
        parent=headers.get("traceparent"),
        attributes={names.METHOD: scope["method"], "url.scheme": scope.get("scheme", "http")},
    )


def note_answer(span: Span, scope: Scope, prefix: str, status: int | None) -> None:
    # The template, which names no id; a path that fits no route may hold anything. FastAPI leaves out the prefix.
    template = getattr(scope.get("route"), "path", None)
    if template:
        route = f"{prefix}{template.removeprefix(prefix)}"
        span.rename(f"{scope['method']} {route}")
        span.set(names.ROUTE, route)
    if status is not None:
        span.set(names.STATUS_CODE, status)
    if status is None or status >= 500:
        span.fail(str(status) if status is not None else "no_answer")
