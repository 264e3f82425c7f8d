"""A10: `python -m tests.console.pictures <folder>`: a picture of each page, to be looked at by a person."""

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

# As pytest finds them (`pythonpath` in pyproject.toml).
sys.path.insert(0, str(Path(__file__).parents[1]))

from support.looking import SCHEMES, WIDTHS, chromium, visiting
from support.pipeline import running
from support.site import a_night, serving
from support.walking import walked

USAGE: Final = "usage: python -m tests.console.pictures <folder>"


async def take(folder: Path) -> int:
    """Start everything, run a night, and take the pictures; return how many."""
    taken = 0
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = await stack.enter_async_context(chromium())
        pipeline = await stack.enter_async_context(running(home))
        site = await stack.enter_async_context(serving(pipeline))
        night = await a_night(pipeline)
        visit = await stack.enter_async_context(visiting(browser, site.url))
        await visit.go("/login")
        await visit.page.screenshot(path=folder / "login.png", full_page=True)
        await visit.log_in(pipeline.tokens["admin"])
        for route, path in (await walked(visit, night)).items():
            name = route.strip("/").replace("/", "-").replace("{", "").replace("}", "") or "tonight"
            await visit.go(path)
            for scheme in SCHEMES:
                await visit.page.emulate_media(color_scheme=scheme)
                for width in WIDTHS:
                    await visit.page.set_viewport_size({"width": width, "height": 900})
                    file = folder / f"{name}-{scheme}-{width}.png"
                    await visit.page.screenshot(path=file, full_page=True)
                    taken += 1
    return taken


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(USAGE)
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{asyncio.run(take(target))} pictures are in {target}\n")
