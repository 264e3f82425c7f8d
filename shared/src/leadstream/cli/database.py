"""`leadstream db init`: a login role and a schema for each service."""

import asyncio
from dataclasses import dataclass

import asyncpg
import click

from leadstream.cli.environment import environment
from leadstream.cli.errors import CliError
from leadstream.cli.services import SERVICES
from leadstream.errors import PermanentError
from leadstream.postgres import DatabaseUrlError, PostgresUrl, connect, load_queries

SQL = load_queries("leadstream.cli", "database.sql")


@dataclass(frozen=True, slots=True)
class Login:
    schema: str
    role: str
    password: str


@click.group("db")
def db_group() -> None:
    """The databases of the services."""


@db_group.command("init")
@click.option(
    "--admin-url",
    help="ADMIN_DATABASE_URL by default: a role that may create roles and schemas, in the database of the services.",
)
@click.option("--service", "services", multiple=True, type=click.Choice(SERVICES))
def init_databases(admin_url: str | None, services: tuple[str, ...]) -> None:
    """Create the login roles and schemas that the services' URLs name.

    Reads DISCOVERY_DATABASE_URL, ENRICHMENT_DATABASE_URL … and makes each role the owner of its schema and a stranger
    in the others'. Can be run again; passwords are set to what the URLs say.
    """
    admin_url = admin_url or environment().get("ADMIN_DATABASE_URL")
    if admin_url is None:
        raise CliError("--admin-url is missing", hint="It names a role that may create roles.")
    admin = _read_url("--admin-url or ADMIN_DATABASE_URL", admin_url)
    logins = [_login(service) for service in services or SERVICES]
    try:
        asyncio.run(_init(admin, logins))
    except PermanentError as exc:
        raise CliError(str(exc)) from exc
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
        raise CliError(
            f"Postgres: {type(exc).__name__}: {exc}", hint="Check --admin-url and its rights."
        ) from exc
    for login in logins:
        click.echo(f"{login.schema}: role {login.role} owns the schema")


def _login(service: str) -> Login:
    variable = f"{service.upper().replace('-', '_')}_DATABASE_URL"
    url = environment().get(variable)
    if not url:
        raise CliError(f"{variable} is missing", hint="It names the role and its password.")
    parts = _read_url(variable, url)
    if not parts.user or not parts.password:
        raise CliError(f"{variable} has no user or no password")
    return Login(schema=service.replace("-", "_"), role=parts.user, password=parts.password)


def _read_url(name: str, url: str) -> PostgresUrl:
    try:
        return PostgresUrl.parse(url)
    except DatabaseUrlError as exc:
        raise CliError(f"{name} {exc}") from None


async def _init(admin_url: PostgresUrl, logins: list[Login]) -> None:
    admin = await connect(admin_url)
    try:
        async with admin.transaction():
            await admin.execute(SQL.close_public)
            for login in logins:
                await _create(admin, login)
    finally:
        await admin.close()


async def _create(admin: "asyncpg.Connection[asyncpg.Record]", login: Login) -> None:
    exists = await admin.fetchval(SQL.role_exists, login.role)
    # Names and passwords can't be parameters of DDL: Postgres itself quotes them.
    for statement in (
        await admin.fetchrow(
            SQL.role_statements, login.role, login.password, login.schema, bool(exists)
        )
        or ()
    ):
        await admin.execute(statement)
