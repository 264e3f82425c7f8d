"""Puts the console together."""

from console.entrypoints.app import console_app
from console.entrypoints.live import Hub
from console.entrypoints.sessions import Sessions
from console.settings import Settings
from leadstream.admin.client import AdminApis
from leadstream.web import Site, WebService


async def assemble(settings: Settings) -> Site:
    apis = AdminApis(settings.urls)
    hub = Hub(apis)
    sessions = Sessions(settings.encryption_keys, apis)
    app = console_app(apis, sessions, hub, public_url=settings.console_public_url)
    return Site(app, close=[hub.close, apis.close])


CONSOLE = WebService(name="console", package="console", settings=Settings, assemble=assemble)
