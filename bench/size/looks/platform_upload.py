"""What platform_upload has of its own."""

from bench.size.looks.look import PAGE, Args, Kind, Look
from bench.size.looks.make import erased, first_page, kept, look_at, removal, shown
from leadstream.erasure.searches import SIZE
from leadstream.erasure.sweeps import BATCH


def platform_upload_looks() -> list[Look]:
    return [
        *_upload_lists(),
        *_billing_lists(),
        *_summaries(),
        look_at(
            "platform_upload",
            "connections.sql:list_connections",
            Kind.LIST,
            lambda w: (None, None, None, PAGE, None, None),
        ),
        *kept(
            "platform_upload",
            "delete_uploads",
            "delete_unaccepted",
            "delete_billing_events",
            "forget_overrides",
        ),
        *removal("platform_upload", batches=("remove_uploads", "remove_billing_events")),
        look_at("platform_upload", "removal.sql:scopes", Kind.CHANGE, lambda w: (w.big,)),
        *_erasure(),
    ]


def _upload_lists() -> list[Look]:
    filters: dict[str, Args] = {
        "all": lambda w: (None,) * 5,
        "big workspace": lambda w: (w.big, *(None,) * 4),
        "lead": lambda w: (None, w.id(4, 70), *(None,) * 3),
        "big workspace, unknown platform": lambda w: (w.big, None, "no-platform", None, None),
        "failed": lambda w: (None, None, None, "failed", None),
        "big workspace, failed": lambda w: (w.big, None, None, "failed", None),
        "pending": lambda w: (None, None, None, "pending", None),
        "cancelled": lambda w: (None, None, None, "cancelled", None),
        "closed: none": lambda w: (None, None, None, "closed", None),
        "since, failed": lambda w: (None, None, None, "failed", w.ago(days=30)),
    }
    return [
        look_at("platform_upload", "uploads.sql:list_uploads", Kind.LIST, first_page(args), asked)
        for asked, args in filters.items()
    ]


def _billing_lists() -> list[Look]:
    filters: dict[str, Args] = {
        "all": lambda w: (None,) * 5,
        "a month of the big workspace": lambda w: (
            w.big,
            None,
            None,
            w.ago(days=200),
            w.ago(days=170),
        ),
        "unknown platform": lambda w: (None, None, "no-platform", None, None),
        "lead": lambda w: (None, w.id(4, 70), *(None,) * 3),
    }
    return [
        look_at(
            "platform_upload",
            "uploads.sql:list_billing_events",
            Kind.LIST,
            first_page(args),
            asked,
        )
        for asked, args in filters.items()
    ]


def _summaries() -> list[Look]:
    most = (100_000, 1001)
    summaries: dict[str, Args] = {
        "a day": lambda w: (None, w.ago(days=1), *most),
        "a day of the big workspace": lambda w: (w.big, w.ago(days=1), *most),
        "ever": lambda w: (None, w.ago(days=9999), *most),
        "a small workspace, ever": lambda w: (w.small, w.ago(days=9999), *most),
    }
    compared: dict[str, Args] = {
        "a month": lambda w: (None, w.ago(days=31), w.ago(), 1001),
        "a month of the big workspace": lambda w: (w.big, w.ago(days=31), w.ago(), 1001),
        "a day": lambda w: (None, w.ago(days=1), w.ago(), 1001),
    }
    return [
        *(
            look_at("platform_upload", "uploads.sql:sum_up_uploads", Kind.POLL, args, asked)
            for asked, args in summaries.items()
        ),
        *(
            look_at("platform_upload", "uploads.sql:compare_billing", Kind.SUMMARY, args, asked)
            for asked, args in compared.items()
        ),
        look_at(
            "platform_upload",
            "uploads.sql:count_billing_events",
            Kind.LIST,
            lambda w: (None, w.id(4, 10_000), w.id(4, 11_000)),
            "a night",
        ),
    ]


def _erasure() -> list[Look]:
    asked: dict[str, Args] = {
        "last_job": lambda w: (w.id(2, 1), BATCH - 1),
        "find_jobs_with": lambda w: (w.person, None, *w.part(2, w.scale.jobs)),
        "last_upload": lambda w: (w.id(2, 1), BATCH - 1),
        "find_traces": lambda w: (w.person, None, *w.part(2, w.scale.leads // 5)),
        "addresses_in_uploads": lambda w: w.part(2, w.scale.leads // 5, SIZE),
        "find_overrides_with": lambda w: (w.person, None, *w.part(2, w.scale.leads // 5)),
        "erase_from_uploads": lambda w: (*erased(w), *w.part(2, w.scale.leads // 5)),
    }
    uploads = ("show_traces", "show_uploads", "show_overrides")
    return [
        *(
            look_at("platform_upload", f"erasure.sql:{name}", Kind.CHANGE, args)
            for name, args in asked.items()
        ),
        *shown("platform_upload", 2, lambda w: (w.scale.leads // 5,), *uploads),
        *shown("platform_upload", 2, lambda w: (w.scale.jobs,), "show_payloads"),
    ]
