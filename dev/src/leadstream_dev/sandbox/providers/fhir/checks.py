"""What is wrong with an Organization, as validators see it."""

from collections.abc import Iterator
from typing import Any

from leadstream_dev.sandbox.providers.fhir.options import FhirOptions, Rule
from leadstream_dev.sandbox.providers.fhir.outcomes import Refused

_TEXT, _BOOL, _OBJECT = "text", "bool", "object"
_POINT = {"system": _TEXT, "value": _TEXT, "use": _TEXT, "rank": "number", "period": _OBJECT}
_CODED = {"system": _TEXT, "version": _TEXT, "code": _TEXT, "display": _TEXT, "userSelected": _BOOL}
_CONCEPT = {"coding": [_CODED], "text": _TEXT}
_ADDRESS = {
    **dict.fromkeys(
        ("use", "type", "text", "city", "district", "state", "postalCode", "country"), _TEXT
    ),
    "line": [_TEXT],
    "period": _OBJECT,
}
_PERSON = {
    **dict.fromkeys(("use", "text", "family"), _TEXT),
    "given": [_TEXT],
    "prefix": [_TEXT],
    "suffix": [_TEXT],
    "period": _OBJECT,
}
_ORGANIZATION: dict[str, Any] = {
    **dict.fromkeys(("resourceType", "id", "implicitRules", "language", "name"), _TEXT),
    "meta": {
        "versionId": _TEXT,
        "lastUpdated": _TEXT,
        "source": _TEXT,
        "profile": [_TEXT],
        "security": [_CODED],
        "tag": [_CODED],
    },
    "text": _OBJECT,
    "contained": [_OBJECT],
    "extension": [_OBJECT],
    "modifierExtension": [_OBJECT],
    "identifier": [
        {
            **dict.fromkeys(("use", "system", "value"), _TEXT),
            "type": _CONCEPT,
            "period": _OBJECT,
            "assigner": _OBJECT,
        }
    ],
    "active": _BOOL,
    "type": [_CONCEPT],
    "alias": [_TEXT],
    "telecom": [_POINT],
    "address": [_ADDRESS],
    "partOf": _OBJECT,
    "contact": [{"purpose": _CONCEPT, "name": _PERSON, "telecom": [_POINT], "address": _ADDRESS}],
    "endpoint": [_OBJECT],
}
_SYSTEMS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})


def check(resource: object, options: FhirOptions) -> dict[str, Any]:
    """The resource, if it is an Organization; raise Refused."""
    if not isinstance(resource, dict):
        raise Refused(400, "structure", "the body is no JSON object")
    if resource.get("resourceType") != "Organization":
        raise Refused(400, "structure", "the resource is no Organization")
    _shape(resource, _ORGANIZATION, "")
    if not resource.get("name") and not resource.get("identifier"):
        raise Refused(422, "invariant", "org-1: a name or an identifier, or both")
    _uses(resource)
    for rule in options.rules:
        for path, value in values_at(resource, rule.path):
            if _breaks(rule, value):
                raise Refused(rule.status, rule.code, rule.message, path=path)
    return resource


def values_at(part: object, path: str, at: str = "") -> Iterator[tuple[str, object]]:
    """Every value at a path, and where exactly it is."""
    if isinstance(part, list):
        for index, each in enumerate(part):
            yield from values_at(each, path, f"{at}[{index}]")
        return
    if not path:
        yield at, part
        return
    name, _, rest = path.partition(".")
    if isinstance(part, dict) and name in part:
        yield from values_at(part[name], rest, f"{at}.{name}" if at else name)


def _breaks(rule: Rule, value: object) -> bool:
    if rule.longest is not None:
        return isinstance(value, str) and len(value) > rule.longest
    return rule.value in (None, str(value))


def _shape(value: object, expected: Any, at: str) -> None:
    if isinstance(expected, list):
        if not isinstance(value, list) or not value:
            raise Refused(400, "structure", "expected an array, and one that is not empty", path=at)
        for index, each in enumerate(value):
            _shape(each, expected[0], f"{at}[{index}]")
    elif isinstance(expected, dict):
        _members(value, expected, at)
    elif not _fits(value, expected):
        raise Refused(
            400, "structure", f"expected {expected}, without blanks only", path=at or None
        )


def _members(value: object, expected: dict[str, Any], at: str) -> None:
    if not isinstance(value, dict) or not value:
        raise Refused(400, "structure", "expected an object, and one that is not empty", path=at)
    for name, each in value.items():
        path = f"{at}.{name}" if at else name
        if name.startswith("_") or name in ("extension", "id"):
            continue
        if name not in expected:
            raise Refused(400, "structure", f"Unrecognized property '{name}'", path=path)
        _shape(each, expected[name], path)


def _fits(value: object, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(value, str) and _is_text(value)
        case "bool":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, dict) and bool(value)


def _is_text(value: str) -> bool:
    """FHIR's strings say something, and hold no control characters but white space."""
    return bool(value.strip()) and all(c >= " " or c in "\t\r\n" for c in value)


def _uses(resource: dict[str, Any]) -> None:
    for name, key in (("address", "org-2"), ("telecom", "org-3")):
        for index, each in enumerate(resource.get(name) or ()):
            if each.get("use") == "home":
                raise Refused(
                    422, "invariant", f"{key}: never of use home", path=f"{name}[{index}].use"
                )
    points = [("telecom", each) for each in values_at(resource, "telecom")]
    points += [("contact", each) for each in values_at(resource, "contact.telecom")]
    for _, (path, point) in points:
        if isinstance(point, dict) and point.get("value") and not point.get("system"):
            raise Refused(422, "invariant", "cpt-2: a system where there is a value", path=path)
        if isinstance(point, dict) and point.get("system") not in {None, *_SYSTEMS}:
            raise Refused(422, "code-invalid", "no such system", path=f"{path}.system")
        if isinstance(point, dict) and point.get("system") == "url":
            _check_url(point, path)


def _check_url(point: dict[str, Any], path: str) -> None:
    if any(c.isspace() for c in str(point.get("value") or "")):
        raise Refused(422, "value", "a URL has no blanks", path=f"{path}.value")
