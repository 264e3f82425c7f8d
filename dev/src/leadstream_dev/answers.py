"""The answers and bodies of the admin APIs as types, from their OpenAPI documents.

`leadstream.admin.answers` is what the command and the console read and send; `api_docs` writes it with docs/api.
"""

import json
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from datamodel_code_generator import InputFileType, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import DatetimeClassType, PythonVersion

_ROOT: Final = Path(__file__).parents[3]
FILE: Final = Path("shared/src/leadstream/admin/answers.py")
_HEADER: Final = '"""Answers and bodies of the five admin APIs. Written by `make api-docs`: change the routes."""\n'


def answers(documents: Mapping[str, Mapping[str, Any]]) -> str:
    """The source of a module of typed dictionaries, from the services' OpenAPI documents by their names.

    What two services call by one name and shape differently is called `<Service><Name>`.
    """
    schemas: dict[str, Any] = {}
    different = _different(documents)
    for service, document in documents.items():
        renamed = {name: _of(service) + name for name in different}
        for name, schema in document["components"]["schemas"].items():
            schemas[renamed.get(name, name)] = _adapted(schema, renamed)
    merged = {
        "openapi": "3.1.0",
        "info": {"title": "The admin APIs", "version": "1"},
        "paths": {},
        "components": {"schemas": dict(sorted(schemas.items()))},
    }
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        output = Path(folder) / "answers.py"
        generate(
            json.dumps(merged),
            input_file_type=InputFileType.OpenAPI,
            output=output,
            # Formatted as the rest of the code is, wherever it is written first.
            settings_path=FILE.parent.resolve(),
            output_model_type=DataModelType.TypingTypedDict,
            target_python_version=PythonVersion.PY_311,
            output_datetime_class=DatetimeClassType.Datetime,
            use_standard_collections=True,
            use_union_operator=True,
            disable_timestamp=True,
            custom_file_header=_HEADER,
            formatters=[],
        )
        return _formatted(_readable(output.read_text(encoding="utf-8")))


def _readable(source: str) -> str:
    """Pydantic reads the dictionaries of `typing` from Python 3.12 on only."""
    return source.replace(", TypedDict\n", "\n\nfrom typing_extensions import TypedDict\n", 1)


def _formatted(source: str) -> str:
    """As the repository has it; the generator would ask the settings of the folder that it writes to."""
    for step in (["check", "--select=I", "--fix", "--quiet"], ["format"]):
        command = [sys.executable, "-m", "ruff", *step, f"--stdin-filename={FILE}", "-"]
        source = subprocess.run(  # noqa: S603 - constants
            command, input=source, cwd=_ROOT, capture_output=True, text=True, check=True
        ).stdout
    return source


def _different(documents: Mapping[str, Mapping[str, Any]]) -> set[str]:
    shapes: dict[str, set[str]] = defaultdict(set)
    for document in documents.values():
        for name, schema in document["components"]["schemas"].items():
            shapes[name].add(json.dumps(schema, sort_keys=True))
    return {name for name, found in shapes.items() if len(found) > 1}


def _of(service: str) -> str:
    return service.title().replace("-", "")


def _adapted(schema: Any, renamed: Mapping[str, str]) -> Any:
    """References follow the names; that nothing else may be there is the service's to check."""
    match schema:
        case {"$ref": str(reference)}:
            folder, _, name = reference.rpartition("/")
            return {"$ref": f"{folder}/{renamed.get(name, name)}"}
        case dict():
            return {
                key: _adapted(value, renamed)
                for key, value in schema.items()
                if not (key == "additionalProperties" and value is False)
            }
        case list():
            return [_adapted(each, renamed) for each in schema]
    return schema
