"""SQL lives in `.sql` files; a `-- name:` line gives each query the attribute it is called by."""

import re
from importlib import resources

_HEADER = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\s*$", re.MULTILINE)

# Every file that was loaded, so that one test can PREPARE all queries there are.
loaded: dict[str, "Queries"] = {}


class Queries:
    """The named queries of one file: `queries.claim_jobs` is the text under `-- name: claim_jobs`."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        pieces = _HEADER.split(text)
        names, bodies = pieces[1::2], pieces[2::2]
        if len(names) != len(set(names)):
            raise ValueError(f"{source}: two queries have the same name")
        self._texts = {name: body.strip() for name, body in zip(names, bodies, strict=True)}

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"{self.source} has no query named {name}") from None

    def items(self) -> list[tuple[str, str]]:
        return list(self._texts.items())


def load_queries(package: str, filename: str) -> Queries:
    """Load `filename` from beside the modules of `package`."""
    text = resources.files(package).joinpath(filename).read_text(encoding="utf-8")
    queries = Queries(f"{package}/{filename}", text)
    loaded[queries.source] = queries
    return queries
