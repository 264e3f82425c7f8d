"""YAML that says each thing once, and one thing only. Whatever else is refused, with its line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from leadstream.manifest.errors import ManifestError

Steps: TypeAlias = tuple[str | int, ...]

# A manifest of a thousand workspaces has fewer; aliases of aliases unfold to more than any memory holds.
MOST_NODES = 200_000
MOST_FAULTS = 10
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {
    f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "merge")
}
_KEY_TAGS = {f"{_TAG}str", f"{_TAG}merge"}
# What YAML 1.1, 1.2 and people all read in the same way. `yes`, `012`, `1_000`, `12:30` are not among it.
_CLEAR = {
    f"{_TAG}bool": re.compile(r"(?i:true|false)"),
    # No more digits than every reader keeps.
    f"{_TAG}int": re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})"),
    f"{_TAG}float": re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}"),
    f"{_TAG}null": re.compile(r"(?i:null|~|)"),
}
# A text to PyYAML, and a number to YAML 1.2.
_NUMBER_ELSEWHERE = re.compile(
    r"0o[0-7]+|[-+]?[0-9]+(?:[eE][-+]?[0-9]+)?|[-+]?\.?[0-9][0-9_.]*[eE][0-9]+"
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds, and the line of each part of it."""

    content: Any
    lines: Mapping[Steps, int]

    def place(self, path: Steps) -> str:
        """`line 3: workspaces.0.slug: `: of what is not there, the line of what it is missing in."""
        found = next(
            (self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1
        )
        return f"line {found}: " + (f"{'.'.join(str(step) for step in path)}: " if path else "")


def read_document(text: str) -> Document:
    """Read a text; raise ManifestError that names the line of each fault, and never a value."""
    try:
        return _read(text)
    except yaml.MarkedYAMLError as exc:
        # Not its text, which quotes the line: that may hold a secret.
        at = exc.problem_mark
        place = f"line {at.line + 1}, column {at.column + 1}: " if at else ""
        raise ManifestError(f"{place}not YAML: {exc.problem}") from None
    except RecursionError:
        raise ManifestError("not YAML: it is nested too deep") from None
    except yaml.YAMLError:
        raise ManifestError("not YAML: it has characters that no text has") from None


def _read(text: str) -> Document:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return Document(None, {})
        if _size(root, {}, ()) > MOST_NODES:
            raise ManifestError(f"its aliases unfold to more than {MOST_NODES} parts")
        faults = list(dict.fromkeys(_faults(root)))
        if faults:
            raise ManifestError("; ".join(faults[:MOST_FAULTS]))
        return Document(loader.construct_document(root), dict(_lines(root, ())))
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[int, int], above: tuple[int, ...]) -> int:
    """Parts that a node unfolds to. An alias is the node it names, so each is looked at once."""
    if id(node) in above:
        raise yaml.MarkedYAMLError(problem="it contains itself", problem_mark=node.start_mark)
    if id(node) not in known:
        known[id(node)] = 1 + sum(
            _size(child, known, (*above, id(node))) for child in _children(node)
        )
    return known[id(node)]


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        # Keys are words, or refused.
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _faults(node: yaml.Node) -> Iterator[str]:
    if node.tag not in _PLAIN_TAGS and not isinstance(node, yaml.ScalarNode):
        yield f"{_at(node)}: only plain texts, numbers, lists and mappings are read here"
    if isinstance(node, yaml.ScalarNode):
        yield from _faults_of_scalar(node)
    if isinstance(node, yaml.MappingNode):
        yield from _faults_of_keys(node)
    for child in _children(node):
        yield from _faults(child)


def _faults_of_scalar(node: yaml.ScalarNode) -> Iterator[str]:
    if node.tag not in _PLAIN_TAGS:
        kind = "dates are" if node.tag.endswith("timestamp") else "this is"
        yield f"{_at(node)}: {kind} no text unless in quotes"
    elif not _is_clear(node):
        yield (
            f"{_at(node)}: this may be read as a text, a number or a truth value: put a text in quotes, write"
            " numbers as 1000 or 0.5, and true or false"
        )


def _is_clear(node: yaml.ScalarNode) -> bool:
    if node.tag == f"{_TAG}str":
        return node.style is not None or _NUMBER_ELSEWHERE.fullmatch(node.value) is None
    # Also in quotes, where a tag makes it something else than a text.
    clear = _CLEAR.get(node.tag)
    return clear is None or clear.fullmatch(node.value) is not None


def _faults_of_keys(node: yaml.MappingNode) -> Iterator[str]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag not in _KEY_TAGS:
            yield f"{_at(key)}: a key is a word"
        elif "${" in key.value:
            yield f"{_at(key)}: a key is a word, and no variable"
        elif key.value in seen:
            yield f"{_at(key)}: the key {key.value} is there twice"
        else:
            seen.add(key.value)


def _lines(node: yaml.Node, path: Steps) -> Iterator[tuple[Steps, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            yield from _lines(child, (*path, number))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, key.value))
            yield (*path, key.value), key.start_mark.line + 1


def _at(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"
