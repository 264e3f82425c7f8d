"""Apache Kafka's own jars, fetched once by Maven."""

import hashlib
import logging
import shutil
import tempfile
from pathlib import Path

from leadstream_dev.errors import StackError
from leadstream_dev.home import KAFKA_FILES, Home
from leadstream_dev.kafka.java import find_maven
from leadstream_dev.locks import locked
from leadstream_dev.process import Command, run
from leadstream_dev.records import RunRecords

log = logging.getLogger(__name__)
_POM = KAFKA_FILES / "pom.xml"
# Some 45 MB: minutes on a slow line.
_FETCH_WITHIN = 900.0


async def ensure_jars(home: Home) -> Path:
    """Return the folder of jars that belongs to today's pom.xml, after fetching them if need be."""
    marker = home.kafka_jars / f".pom-{_fingerprint()}"
    if marker.exists():
        return home.kafka_jars
    async with locked(home.kafka_jars.with_suffix(".lock"), within=_FETCH_WITHIN):
        # Another process may have done it while this one waited.
        if not marker.exists():
            await _fetch(home, marker.name)
    return home.kafka_jars


async def _fetch(home: Home, marker: str) -> None:
    maven = find_maven()
    log.info("kafka.fetching_jars", extra={"folder": str(home.kafka_jars)})
    fresh = Path(tempfile.mkdtemp(prefix="libs-", dir=home.kafka_jars.parent))
    try:
        await run(
            _copy_dependencies(maven, home, fresh), RunRecords(home.run), within=_FETCH_WITHIN
        )
        _put_in_place(fresh, home.kafka_jars, marker)
    except StackError as exc:
        raise StackError(f"Maven could not fetch Kafka's jars: {exc}") from exc
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _copy_dependencies(maven: str, home: Home, target: Path) -> Command:
    arguments = [
        *("-B", "-q", "-ntp", "-f", str(_POM)),
        *("dependency:copy-dependencies", f"-DoutputDirectory={target}", "-DincludeScope=runtime"),
    ]
    return Command(name="maven", argv=[maven, *arguments], log=home.logs / "maven.log")


def _put_in_place(fresh: Path, target: Path, marker: str) -> None:
    # A broker that still runs on the old jars keeps them open: removing their names does not hurt it.
    shutil.rmtree(target, ignore_errors=True)
    fresh.chmod(0o755)
    (fresh / marker).touch()
    fresh.rename(target)


def _fingerprint() -> str:
    return hashlib.sha256(_POM.read_bytes()).hexdigest()[:16]
