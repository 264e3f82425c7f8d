"""Every statement of the five services: those that are measured, and why the others need not be."""

from bench.size.looks.delivery import delivery_looks
from bench.size.looks.discovery import discovery_looks
from bench.size.looks.enrichment import enrichment_looks
from bench.size.looks.look import Kind, Look, World
from bench.size.looks.platform_upload import platform_upload_looks
from bench.size.looks.scheduler import scheduler_looks
from bench.size.looks.shared import shared_looks

__all__ = ["Kind", "Look", "World", "all_looks"]


def all_looks() -> list[Look]:
    return [
        *shared_looks(),
        *discovery_looks(),
        *enrichment_looks(),
        *delivery_looks(),
        *platform_upload_looks(),
        *scheduler_looks(),
    ]
