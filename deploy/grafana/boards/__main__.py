"""Write deploy/grafana/dashboards/*.json, or check that they are what the code makes."""

import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from boards import delivery, jobs, kafka, overview, platforms, providers, scheduler

BOARDS = [
    module.BOARD for module in (overview, providers, jobs, kafka, delivery, platforms, scheduler)
]
FOLDER = Path(__file__).parents[1] / "dashboards"


def rendered() -> dict[Path, str]:
    encoder = JSONEncoder(indent=2, sort_keys=True, ensure_ascii=False)
    return {FOLDER / f"{each.uid}.json": encoder.encode(each.build()) + "\n" for each in BOARDS}


def main(arguments: list[str]) -> int:
    wanted = rendered()
    if arguments == ["--write"]:
        for path in set(FOLDER.glob("*.json")) - wanted.keys():
            path.unlink()
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    if arguments == ["--check"]:
        found = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
        for path in sorted(found.keys() | wanted.keys()):
            if found.get(path) != wanted.get(path):
                sys.stderr.write(
                    f"{path.name} is not what deploy/grafana/boards makes: make dashboards\n"
                )
        return int(found != wanted)
    sys.stderr.write("usage: python -m boards --write | --check\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
