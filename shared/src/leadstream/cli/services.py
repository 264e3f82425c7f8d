"""The five services' admin APIs, as the commands call them."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import click
import httpx

from leadstream.cli.environment import environment
from leadstream.cli.errors import CliError
from leadstream.cli.reasons import given_reason
from leadstream.observability.tracing import parse_traceparent
from leadstream.pasted import is_key
from leadstream.settings import CONSOLE_PORT, SERVICE_PORTS
from leadstream.settings.checks import check_http_url

SERVICES = tuple(SERVICE_PORTS)
PORTS = {**SERVICE_PORTS, "console": CONSOLE_PORT}
# The limits of the admin API are by the minute; a longer Retry-After is not ours to sit out.
LONGEST_WAIT = 90.0


class RefusedError(CliError):
    """An answer other than success."""

    def __init__(self, service: str, answer: httpx.Response) -> None:
        self.status = answer.status_code
        super().__init__(f"{service}: {_reason(answer)}", hint=_hint(answer.status_code))


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

    def get(self, path: str, **params: Any) -> Any:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> Any:
        return self._call("POST", path, json=body if body is not None else {})

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
        reason = given_reason()
        if reason and method != "GET":
            options["headers"] = {"x-reason": reason.encode()}
        answer = self._send(method, f"/api/admin/{path}", **options)
        while (wait := _asked_to_wait(answer)) is not None:
            click.echo(
                f"{self.service}: that was many calls in a minute; going on in {wait:.0f} s …",
                err=True,
            )
            self._sleep(wait)
            answer = self._send(method, f"/api/admin/{path}", **options)
        if answer.is_success:
            return self._json(answer)
        raise RefusedError(self.service, answer)

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


def _asked_to_wait(answer: httpx.Response) -> float | None:
    """Seconds until the same call may be made again; None if waiting would not help."""
    if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return None
    seconds = answer.headers.get("retry-after", "")
    wait = float(seconds) if seconds.isdecimal() else LONGEST_WAIT + 1
    return wait if wait <= LONGEST_WAIT else None


def _reason(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        field, message = error.get("field"), error["message"]
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.reason_phrase}"
    # A message about several fields names each itself.
    named = f"{field}: " if field and not message.startswith(field) else ""
    return f"{answer.status_code} {named}{message}"


def _hint(status: int) -> str | None:
    hints = {
        401: "Set LEADSTREAM_TOKEN to a token of ADMIN_TOKENS.",
        403: "Use a token with a higher role, or of this workspace.",
        429: "Wait a minute and try again.",
        500: "It is logged by the service, with a traceback.",
        503: "A dependency of the service is away: see `leadstream doctor`.",
    }
    return hints.get(status)
