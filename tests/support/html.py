"""A page as a test reads it: its elements, its text, its forms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

# Elements without a closing tag.
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
# What is in them is not read.
_UNSEEN = frozenset({"script", "style", "template"})


@dataclass(eq=False, slots=True)
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def walk(self) -> Iterator["Element"]:
        """All elements inside, in their order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def all(self, tag: str | None = None, /, **wanted: str) -> list["Element"]:
        """Those with the tag and the attributes; `class_` is one of the classes, `_` in a name is `-`."""
        return [each for each in self.walk() if each._is(tag, wanted)]

    def one(self, tag: str | None = None, /, **wanted: str) -> "Element":
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{len(found)} of <{tag} {wanted}> in: {self.text[:2000]}"
        return found[0]

    @property
    def text(self) -> str:
        """What is read, with single blanks."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in _UNSEEN:
                yield from child._pieces()
                yield "" if child.tag in {"a", "b", "code", "span", "strong", "time"} else " "

    def _is(self, tag: str | None, wanted: dict[str, str]) -> bool:
        if tag is not None and self.tag != tag:
            return False
        return all(self._has(name, value) for name, value in wanted.items())

    def _has(self, name: str, value: str) -> bool:
        if name == "class_":
            return value in self.get("class").split()
        return self.attributes.get(name.replace("_", "-")) == value

    # What only some elements have.

    @property
    def rows(self) -> list[list[str]]:
        """The texts of a table's cells, row by row, its head first."""
        return [
            [cell.text for cell in row.walk() if cell.tag in {"td", "th"}] for row in self.all("tr")
        ]

    @property
    def fields(self) -> dict[str, str]:
        """What a form would send as it stands."""
        sent = {}
        for each in self.walk():
            name, kind = each.get("name"), each.get("type")
            if not name or each.tag not in {"input", "select", "textarea"}:
                continue
            if kind in {"checkbox", "radio"} and "checked" not in each:
                continue
            sent[name] = each._value()
        return sent

    def _value(self) -> str:
        if self.tag == "textarea":
            # The first line break after the tag is none.
            return "".join(map(str, self.children)).removeprefix("\n")
        if self.tag == "select":
            options = self.all("option")
            chosen = [each for each in options if "selected" in each] or options[:1]
            return chosen[0].get("value", chosen[0].text) if chosen else ""
        return self.get("value")


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in [each.tag for each in self._open]:
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


class Html(Element):
    """A whole page."""

    @classmethod
    def parse(cls, text: str) -> Self:
        tree = _Tree()
        tree.feed(text)
        tree.close()
        return cls("", {}, tree.root.children)

    @property
    def title(self) -> str:
        return self.one("title").text

    @property
    def main(self) -> Element:
        return self.one("main")

    @property
    def links(self) -> dict[str, str]:
        """Addresses by the texts of their links, in the page proper."""
        return {each.text: each.get("href") for each in self.main.all("a")}

    def form(self, action: str) -> Element:
        """The form that posts to the address."""
        return self.one("form", method="post", action=action)
