"""OperationOutcomes, in the shapes that servers give them."""

from leadstream_dev.sandbox.exchange import Answer, JsonObject, json_answer
from leadstream_dev.sandbox.providers.fhir.options import FhirOptions

FHIR_JSON = "application/fhir+json"


class Refused(Exception):  # noqa: N818 - named as it reads where it is raised
    """A request that is not carried out."""

    def __init__(self, status: int, code: str, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        # Below the resource, as `address[0].state`.
        self.path = path


def fhir_answer(
    status: int,
    body: object,
    *,
    headers: dict[str, str] | None = None,
    effects: tuple[JsonObject, ...] = (),
) -> Answer:
    return json_answer(
        status, body, headers={"content-type": FHIR_JSON, **(headers or {})}, effects=effects
    )


def refusal(status: int, code: str, message: str) -> Answer:
    return fhir_answer(status, _outcome({"diagnostics": message}, code))


def outcome_of(refused: Refused, options: FhirOptions) -> JsonObject:
    path, said = refused.path, {"diagnostics": refused.message}
    if path is None:
        return _outcome(said, refused.code)
    match options.names_places:
        case "expression":
            said["expression"] = [f"Organization.{path}"]  # type: ignore[assignment]
        case "location":
            said["location"] = [f"Organization.{path}", "Line 1, Column 7"]  # type: ignore[assignment]
        case "xpath":
            said["location"] = [_xpath(path)]  # type: ignore[assignment]
        case "diagnostics":
            said["diagnostics"] = f"Organization.{path}: {refused.message}"
        case "details":
            said = {"details": {"text": f"at Organization.{path}: {refused.message}"}}  # type: ignore[dict-item]
        case "nothing":
            pass
    return _outcome(said, refused.code)


def _outcome(said: JsonObject, code: str) -> JsonObject:
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, **said}],
    }


def _xpath(path: str) -> str:
    """`/f:Organization/f:address[1]/f:state`: it counts from one."""
    steps = []
    for part in path.split("."):
        name, _, index = part.rstrip("]").partition("[")
        steps.append(f"f:{name}[{int(index) + 1}]" if index else f"f:{name}")
    return "/".join(["/f:Organization", *steps])
