"""The five services' admin APIs, as the commands call them."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar

import click
import httpx

from leadstream.admin.calls import REASON, Call
from leadstream.admin.errors import RefusedError as Refusal
from leadstream.admin.errors import StrangeError
from leadstream.admin.reading import read, refusal
from leadstream.cli.environment import environment
from leadstream.cli.errors import CliError
from leadstream.cli.reasons import given_reason
from leadstream.observability.tracing import parse_traceparent
from leadstream.pasted import is_key
from leadstream.settings import CONSOLE_PORT, SERVICE_PORTS
from leadstream.settings.checks import check_http_url

T = TypeVar("T")

SERVICES = tuple(SERVICE_PORTS)
PORTS = {**SERVICE_PORTS, "console": CONSOLE_PORT}
# The limits of the admin API are by the minute; a longer Retry-After is not ours to sit out.
LONGEST_WAIT = 90.0


class RefusedError(CliError):
    """An answer other than success, with what to do next."""

    def __init__(self, refusal: Refusal) -> None:
        self.status = refusal.status
        super().__init__(f"{refusal.service}: {refusal.message}", hint=_hint(refusal.status))


class ServiceClient:
    """One service's admin API."""

    def __init__(
        self,
        service: str,
        variables: Mapping[str, str] | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        variables = environment() if variables is None else variables
        self.service = service
        self._sleep = sleep
        self._variable = f"{service.upper().replace('-', '_')}_URL"
        default = f"http://127.0.0.1:{PORTS[service]}"
        try:
            self.url = check_http_url(variables.get(self._variable, default))
        except ValueError as exc:
            raise CliError(f"{self._variable} {exc}") from None
        self._client = httpx.Client(
            base_url=self.url,
            headers=_headers(variables),
            timeout=30,
            trust_env=False,
            # Reading the certificate authorities takes as long as ten calls.
            verify=self.url.startswith("https:"),
            transport=transport,
        )

    def ask(self, call: Call[T]) -> T:
        """Make a call, with the reason that the running command was given."""
        answer = self._send_patiently(
            call.method,
            call.path,
            call.reason or given_reason(),
            params=dict(call.params),
            # A GET has no body; whatever changes something has one, if only an empty one.
            json=None if call.method == "GET" else (call.body or {}),
        )
        try:
            return read(call, answer)
        except Refusal as exc:
            raise RefusedError(exc) from None
        except StrangeError as exc:
            raise CliError(
                f"{self.service} {exc.message}",
                hint=f"Is it Leadstream's, and as new as this command? {self._variable} says where it is.",
            ) from exc

    def get(self, path: str, **params: Any) -> Any:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> Any:
        return self._call("POST", path, json=body if body is not None else {})

    def put(self, path: str, body: Any) -> Any:
        return self._call("PUT", path, json=body)

    def delete(self, path: str, **params: Any) -> Any:
        return self._call("DELETE", path, params=params)

    def items(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list, page after page."""
        cursor: str | None = None
        while True:
            page = {"cursor": cursor} if cursor else {}
            answer = self.get(path, **params, **page)
            yield from answer["items"]
            cursor = answer["next"]
            if cursor is None:
                return

    def ready(self) -> dict[str, Any]:
        """What /readyz says; raises CliError when nobody answers."""
        body: dict[str, Any] = self._json(self._send("GET", "/readyz"))
        return body

    def close(self) -> None:
        self._client.close()

    def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = self._send_patiently(method, path, given_reason(), **options)
        if answer.is_success:
            return self._json(answer)
        raise RefusedError(refusal(self.service, answer))

    def _send_patiently(
        self, method: str, path: str, reason: str | None, **options: Any
    ) -> httpx.Response:
        """Send a call to the admin API, and again where that was many in a minute."""
        if reason and method != "GET":
            options["headers"] = {REASON: reason.encode()}
        answer = self._send(method, f"/api/admin/{path}", **options)
        while (wait := _asked_to_wait(self.service, answer)) is not None:
            click.echo(
                f"{self.service}: that was many calls in a minute; going on in {wait:.0f} s …",
                err=True,
            )
            self._sleep(wait)
            answer = self._send(method, f"/api/admin/{path}", **options)
        return answer

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise CliError(
                f"{self.service} does not answer at {self.url} ({type(exc).__name__})",
                hint=f"Is it running? Set {self._variable} if it is elsewhere.",
            ) from exc

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError as exc:
            raise CliError(
                f"what answers at {self.url} is not Leadstream's {self.service}",
                hint=f"Set {self._variable} to where it is.",
            ) from exc


class ServiceClients:
    """Clients of all services, each made when it is first asked for."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = variables
        self._clients: dict[str, ServiceClient] = {}

    def ask(self, call: Call[T]) -> T:
        return self[call.service].ask(call)

    def __getitem__(self, service: str) -> ServiceClient:
        if service not in self._clients:
            self._clients[service] = ServiceClient(service, self._variables)
        return self._clients[service]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()


def _headers(variables: Mapping[str, str]) -> dict[str, str]:
    token, traceparent = variables.get("LEADSTREAM_TOKEN"), variables.get("TRACEPARENT")
    if token and not is_key(token):
        raise CliError("LEADSTREAM_TOKEN must be the token alone: ASCII without blanks or quotes")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    # As OpenTelemetry hands a trace to a command: what the call causes continues the trace of whoever runs it.
    if traceparent and parse_traceparent(traceparent):
        headers["traceparent"] = traceparent
    return headers


def _asked_to_wait(service: str, answer: httpx.Response) -> float | None:
    """Seconds until the same call may be made again; None if waiting would not help."""
    if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return None
    wait = refusal(service, answer).wait
    return wait if wait is not None and wait <= LONGEST_WAIT else None


def _hint(status: int) -> str | None:
    hints = {
        401: "Set LEADSTREAM_TOKEN to a token of ADMIN_TOKENS.",
        403: "Use a token with a higher role, or of this workspace.",
        429: "Wait a minute and try again.",
        500: "It is logged by the service, with a traceback.",
        503: "A dependency of the service is away: see `leadstream doctor`.",
    }
    return hints.get(status)
