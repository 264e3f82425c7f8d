"""Recipients, channels and connections: how it goes there, trying them, and what they would not have."""

from collections.abc import Mapping
from typing import Any, Final, get_args
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application import destinations as views
from console.application.commands import curl, curls, leadstream
from console.application.rejected import FIELDS, find_rejected, send_again, uploads_call
from console.application.workspaces import slugs_of
from console.entrypoints.filters import Filters
from console.entrypoints.forms import Sent
from console.entrypoints.templating import render, see
from console.entrypoints.visitors import Asking
from leadstream.admin import destinations as calls
from leadstream.admin.answers import DeliveryStatus, Fate
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.overrides import OverrideError
from leadstream.admin.workspaces import list_workspaces
from leadstream.api.errors import InvalidError

router = APIRouter(prefix="/destinations")

# What each adapter takes; of those with two ways in, one is left empty. The word `credentials` in a field's name keeps
# it out of every page that writes a form back.
CREDENTIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "hubspot": ("access_token",),
    "wealthbox": ("access_token",),
    "salesforce": ("client_id", "client_secret"),
    "marketo": ("client_id", "client_secret"),
    "shopify": ("client_id", "client_secret", "access_token"),
    "webhook": ("secret",),
    "fhir": ("token", "client_id", "client_secret", "private_key", "key_id"),
}
_FIELD: Final = "credentials."


@router.get("")
async def destinations_page(request: Request, api: Asking, filters: Filters) -> Response:
    wanted = views.Wanted(
        workspace_id=filters.get("workspace_id"),
        kind=_one_of(filters.get("kind"), views.KINDS, "kind"),
        status=_one_of(filters.get("status"), views.STATUSES, "status"),
        cursor=filters.cursor if filters.get("kind") else None,
    )
    found = await views.find_destinations(api, wanted)
    return render(
        request,
        "pages/destinations.html",
        found=found,
        kinds=list(views.KINDS),
        statuses=list(views.STATUSES),
        curl=curls(
            [
                calls.list_recipients(wanted.workspace_id),
                calls.list_channels(wanted.workspace_id),
                calls.list_connections(wanted.workspace_id),
            ]
        ),
    )


@router.get("/rejected")
async def rejected_page(request: Request, api: Asking, filters: Filters) -> Response:
    given = filters.taken("workspace_id", "platform", "status", "lead_id")
    found = await find_rejected(api, given, filters.cursor)
    status = given.get("status", "failed")
    return render(
        request,
        "pages/rejected.html",
        found=found,
        fields=FIELDS,
        said=None,
        command=leadstream(
            "uploads",
            "list",
            status=status,
            workspace=given.get("workspace_id"),
            platform=given.get("platform"),
        ),
        curl=curl(uploads_call(given, filters.cursor)),
    )


@router.post("/rejected/{upload_id}")
async def send_rejected_again(api: Asking, upload_id: UUID, form: Sent) -> Response:
    names = [name for name in dict(form) if name.startswith("set.")]
    corrections = [(name.removeprefix("set."), form[name]) for name in names if form[name]]
    if field := form.text("field"):
        # Here an empty value is meant: it empties the field.
        corrections.append((field, form.get("value", "")))
    if not corrections:
        raise InvalidError("fill in at least one field: what is to be different", field="set")
    try:
        sent = await send_again(api, upload_id, corrections, form.reason)
    except OverrideError as exc:
        raise InvalidError(str(exc), field=exc.field) from None
    done = f"The lead goes out again, corrected; its upload is {sent['status']}."
    return see("/destinations/rejected", done)


@router.get("/deliveries")
async def deliveries_page(request: Request, api: Asking, filters: Filters) -> Response:
    given = filters.taken("workspace_id", "channel", "status", "fate")
    call = calls.list_deliveries(**given, limit=50, cursor=filters.cursor)
    page, workspaces = await api.all(call, list_workspaces(limit=500))
    return render(
        request,
        "pages/deliveries.html",
        page=page,
        error=page if isinstance(page, AdminError) else None,
        workspaces=slugs_of(workspaces),
        statuses=get_args(DeliveryStatus),
        fates=get_args(Fate),
        curl=curl(call),
    )


@router.get("/suppressions")
async def suppressions_page(request: Request, api: Asking, filters: Filters) -> Response:
    given = filters.taken("workspace_id", "reason")
    call = calls.list_suppressions(**given, limit=50, cursor=filters.cursor)
    page, workspaces = await api.all(call, list_workspaces(limit=500))
    return render(
        request,
        "pages/suppressions.html",
        page=page,
        error=page if isinstance(page, AdminError) else None,
        workspaces=slugs_of(workspaces),
        curl=curl(call),
    )


@router.post("/suppressions")
async def suppress(api: Asking, form: Sent) -> Response:
    workspace, email = form.get("workspace_id", ""), form.get("email", "")
    await api.ask(calls.suppress(workspace, email, form.reason))
    return see("/destinations/suppressions", "The address gets nothing from now on.")


@router.post("/suppressions/{suppression_id}/lift")
async def lift_suppression(api: Asking, suppression_id: UUID, form: Sent) -> Response:
    lifted = await api.ask(calls.lift_suppression(suppression_id, form.reason))
    return see("/destinations/suppressions", f"Lifted. {lifted['note']}".strip())


@router.get("/recipients/{recipient_id}")
async def recipient_page(request: Request, api: Asking, recipient_id: UUID) -> Response:
    return await _show(request, api, "recipient", calls.get_recipient(recipient_id))


@router.post("/recipients/{recipient_id}/status")
async def switch_recipient(api: Asking, recipient_id: UUID, form: Sent) -> Response:
    enabled = form.get("status") == "active"
    await api.ask(calls.change_recipient(recipient_id, {"enabled": enabled}, form.reason))
    done = "Alerts go there again." if enabled else "No alerts go there any more."
    return see(f"/destinations/recipients/{recipient_id}", done)


@router.get("/channels/{channel_id}")
async def channel_page(request: Request, api: Asking, channel_id: UUID) -> Response:
    return await _show(request, api, "channel", calls.get_channel(channel_id))


@router.post("/channels/{channel_id}/status")
async def switch_channel(api: Asking, channel_id: UUID, form: Sent) -> Response:
    is_on = form.get("status") == "active"
    step = calls.resume_channel if is_on else calls.pause_channel
    await api.ask(step(channel_id, form.reason))
    done = "The channel is on: what waited goes there now." if is_on else "The channel is paused."
    return see(f"/destinations/channels/{channel_id}", done)


@router.post("/channels/{channel_id}/test")
async def test_channel(request: Request, api: Asking, channel_id: UUID, form: Sent) -> Response:
    tried = await api.ask(calls.try_channel(channel_id, form.reason))
    test = {
        "ok": tried["delivered"],
        "status_code": tried["status_code"],
        "code": tried["error_class"],
        "message": tried["error"] or "The message was taken.",
    }
    return await _show(request, api, "channel", calls.get_channel(channel_id), test=test)


@router.post("/channels/{channel_id}/rotate")
async def rotate_channel(request: Request, api: Asking, channel_id: UUID, form: Sent) -> Response:
    """Answered here and not after a redirect: the secret is told once, and stands in no URL and no cookie."""
    url = form.text("secret_url")
    rotated = await api.ask(calls.rotate_channel(channel_id, form.reason, url=url))
    secret = rotated.get("secret")
    show = calls.get_channel(channel_id)
    return await _show(request, api, "channel", show, secret=secret, rotated=True)


@router.get("/connections/{connection_id}")
async def connection_page(request: Request, api: Asking, connection_id: UUID) -> Response:
    return await _show(request, api, "connection", calls.get_connection(connection_id))


@router.post("/connections/{connection_id}/status")
async def switch_connection(api: Asking, connection_id: UUID, form: Sent) -> Response:
    status = "active" if form.get("status") == "active" else "paused"
    await api.ask(calls.change_connection(connection_id, {"status": status}, form.reason))
    done = "The connection is on: what waited goes there now."
    if status == "paused":
        done = "The connection is paused."
    return see(f"/destinations/connections/{connection_id}", done)


@router.post("/connections/{connection_id}/test")
async def test_connection(
    request: Request, api: Asking, connection_id: UUID, form: Sent
) -> Response:
    test = await api.ask(calls.try_connection(connection_id, form.reason))
    return await _show(request, api, "connection", calls.get_connection(connection_id), test=test)


@router.post("/connections/{connection_id}/rotate")
async def rotate_connection(api: Asking, connection_id: UUID, form: Sent) -> Response:
    names = [name for name in dict(form) if name.startswith(_FIELD)]
    given = {name.removeprefix(_FIELD): form[name] for name in names if form[name]}
    if not given:
        raise InvalidError("fill in what the platform gave you", field="credentials")
    await api.ask(calls.rotate_connection(connection_id, given, form.reason))
    done = "The connection has its new credentials. Test it to see whether they are good."
    return see(f"/destinations/connections/{connection_id}", done)


@router.post("/connections/{connection_id}/preview")
async def preview_connection(
    request: Request, api: Asking, connection_id: UUID, form: Sent
) -> Response:
    leads = form.get("leads", "").replace(",", " ").split()
    show = calls.get_connection(connection_id)
    try:
        preview = await api.ask(calls.preview(connection_id, leads))
    except RefusedError as exc:
        if exc.status != 502:
            raise
        # The platform itself said no: that is what a preview is for.
        said = {"ok": False, "message": exc.message, "code": exc.code, "status_code": None}
        return await _show(request, api, "connection", show, test=said)
    return await _show(request, api, "connection", show, preview=preview)


async def _show(request: Request, api: Asking, kind: str, call: Call[Any], **more: Any) -> Response:
    """The page of one destination, with what was just tried."""
    found: tuple[Any, Any] = await api.all(call, list_workspaces(limit=500))
    row, workspaces = found
    if isinstance(row, AdminError):
        raise row
    maker = {
        "recipient": views.recipient,
        "channel": views.channel,
        "connection": views.connection,
    }[kind]
    context = {"test": None, "preview": None, "secret": None, "rotated": False, **more}
    return render(
        request,
        "pages/destination.html",
        row=row,
        one=maker(row, views.NOBODY_SAID),
        workspaces=slugs_of(workspaces),
        credentials=CREDENTIALS.get(row.get("adapter", ""), ()),
        command=_command(kind, row),
        curl=curl(call),
        **context,
    )


def _command(kind: str, row: Mapping[str, Any]) -> str:
    if kind == "connection":
        return leadstream("preview", str(row["id"]), lead="LEAD")
    return leadstream("apply", "workspaces.yaml")


def _one_of(value: str | None, known: tuple[str, ...], field: str) -> str | None:
    if value is not None and value not in known:
        raise InvalidError(f"there is no such {field}: {', '.join(known)}", field=field)
    return value
