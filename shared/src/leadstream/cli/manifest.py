"""The file that `leadstream apply` reads, with the environment's values in it."""

from collections.abc import Mapping
from pathlib import Path

from leadstream.cli.environment import environment
from leadstream.cli.errors import CliError
from leadstream.manifest.errors import ManifestError
from leadstream.manifest.model import Manifest, read_manifest


def load_manifest(path: Path, variables: Mapping[str, str] | None = None) -> Manifest:
    """Read the file and put the environment's values in for `${NAME}`.

    Raises CliError that names the place in the file, and every variable that is not set; never a value.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return read_manifest(text, environment() if variables is None else variables)
    except ManifestError as exc:
        hint = "Set it in the environment or in .env." if exc.unset else None
        raise CliError(f"{path}: {exc.message}", hint=hint) from None
    except UnicodeDecodeError:
        raise CliError(f"{path}: not YAML: it has characters that no text has") from None
    except OSError as exc:
        raise CliError(f"{path}: {exc.strerror}") from exc
