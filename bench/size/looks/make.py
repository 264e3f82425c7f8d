"""What the looks of the services have in common."""

from datetime import timedelta

from bench.size.looks.look import PAGE, Args, Kind, Look, World
from leadstream.erasure.showing import SIZE as SHOWN
from leadstream.removal.holdings import BATCH
from leadstream.removal.holdings import PAGE as PAGE_OF_REMOVAL

# Nothing is as old: the retention looks in vain.
LONG = timedelta(days=8000)


def first_page(filters: Args) -> Args:
    return lambda w: (*filters(w), PAGE, None, None)


def kept(service: str, *names: str) -> list[Look]:
    """What the retention asks every minute, and mostly in vain."""
    return [
        look_at(service, f"retention.sql:{name}", Kind.TIMER, lambda w: (LONG, 500))
        for name in names
    ]


def walking(service: str, *names: str) -> list[Look]:
    """The same that goes through all old rows, so many at a time, from the beginning."""
    return [
        look_at(service, f"retention.sql:{name}", Kind.TIMER, lambda w: (LONG, 500, None, None))
        for name in names
    ]


def erased(world: World) -> tuple[str, None, str]:
    return (world.person, None, "[erased]")


def shown(service: str, family: int, rows: Args, *names: str) -> list[Look]:
    """What one part of a table says of a person: `rows` are how many it has."""
    return [
        look_at(
            service,
            f"erasure.sql:{name}",
            Kind.CHANGE,
            lambda w: (w.person, None, *w.part(family, rows(w)[0], SHOWN)),
        )
        for name in names
    ]


def look_at(
    service: str, name: str, kind: Kind, args: Args = lambda w: (), asked: str = ""
) -> Look:
    return Look(
        service=service, name=f"{service}.adapters/{name}", kind=kind, args=args, asked=asked
    )


def removal(
    service: str, *, batches: tuple[str, ...] = (), pages: tuple[str, ...] = ()
) -> list[Look]:
    """What deleting the big workspace asks and does at once."""

    def at(name: str, args: Args) -> Look:
        return look_at(service, f"removal.sql:{name}", Kind.CHANGE, args)

    return [
        at("count_rows", lambda w: (w.big,)),
        *(at(name, lambda w: (w.big, BATCH)) for name in batches),
        *(at(name, lambda w: (w.big, PAGE_OF_REMOVAL, None)) for name in pages),
    ]
