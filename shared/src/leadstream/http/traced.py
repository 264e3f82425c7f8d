"""The span of a call to a provider.

Without the URL and the host, which OpenTelemetry would have: a webhook's URL is a secret, and of some services' the
host is as well. And nothing of the trace goes out with the request: all of a night's calls, for every workspace, are
of one trace, and its id would tell their receivers so.
"""

from leadstream.observability.tracing import Kind, Span, Tracer, current, names


def begin_call(tracer: Tracer, provider: str, operation: str, method: str) -> Span:
    return tracer.start(
        f"{method} {provider} {operation}",
        Kind.CLIENT,
        parent=current(),
        attributes={
            names.METHOD: method,
            names.PEER: provider,
            names.PROVIDER: provider,
            names.OPERATION: operation,
        },
    )


def end_call(span: Span, outcome: str, status: int) -> None:
    """`status` 0: there was no answer."""
    span.set(names.OUTCOME, outcome)
    if status:
        span.set(names.STATUS_CODE, status)
    if outcome != "success":
        span.fail(str(status) if status else outcome)
    span.end()
