"""`leadstream uploads`: what the platforms made of the leads, and sending a corrected one again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import click

from leadstream.admin import overrides
from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import ServiceClient

STATES = click.Choice(["pending", "uploaded", "failed", "refused", "closed", "cancelled"])


@click.group("uploads")
def uploads_group() -> None:
    """What was handed to the platforms."""


@uploads_group.command("list")
@click.option("--status", type=STATES)
@click.option("--workspace", type=click.UUID)
@click.option("--lead", type=click.UUID)
@click.option("--platform")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
def list_uploads(
    status: str | None,
    workspace: UUID | None,
    lead: UUID | None,
    platform: str | None,
    limit: int,
) -> None:
    """Newest first. `field` and `why` say what a platform has against a lead, or what it left out."""
    filters = {
        "status": status,
        "workspace_id": workspace,
        "lead_id": lead,
        "platform": platform,
    }
    given = {name: str(value) for name, value in filters.items() if value is not None}
    columns = ("upload", "lead", "platform", "status", "attempts", "field", "why")
    table = make_table(*columns, whole=columns[:-1])
    for upload in ServiceClient("platform-upload").get("uploads", limit=limit, **given)["items"]:
        add_row(table, *_summary(upload))
    if not table.rows:
        click.echo("no uploads")
        return
    make_console().print(table)


@uploads_group.command("resend")
@click.argument("upload_id", metavar="UPLOAD", type=click.UUID)
@click.option(
    "--set",
    "changes",
    metavar="FIELD=VALUE",
    multiple=True,
    required=True,
    help="A field of the upload format, `location.city=Bonn` for a part; lists as JSON. Without a value: emptied.",
)
@reason_option
def resend_upload(upload_id: UUID, changes: Sequence[str]) -> None:
    """Send a lead again, corrected: under the same external id, and billed once.

    For an upload that failed, or that was accepted without a field. A newer revision of the lead comes without it.
    """
    body = {"overrides": overrides_of(changes)}
    answer = ServiceClient("platform-upload").post(f"uploads/{upload_id}/resend", body)
    click.echo(f"upload {answer['id']} goes out again; it is {answer['status']}")


def overrides_of(changes: Sequence[str]) -> dict[str, Any]:
    try:
        return overrides.overrides_of(changes)
    except overrides.OverrideError as exc:
        raise CliError(f"--set {exc.field}: {exc}") from None


def _summary(upload: dict[str, Any]) -> tuple[object, ...]:
    rejection = upload["rejection"] or {}
    left_out = [each["field"] for each in upload["adjustments"] if each["action"] == "left_out"]
    field = rejection.get("field") or rejection.get("ours") or ", ".join(left_out)
    why = ", ".join(upload["held_by"]) or upload["error"] or _said(upload)
    return (
        upload["id"],
        upload["lead_id"],
        upload["platform"],
        upload["status"],
        upload["attempts"],
        field,
        why,
    )


def _said(upload: dict[str, Any]) -> str:
    return "; ".join(each["said"] for each in upload["adjustments"])
