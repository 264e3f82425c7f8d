"""Records that could not be used: which and why, their bytes, and putting them back."""

from collections import defaultdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from console.application.commands import curl, curls, leadstream
from console.application.dead_letters import (
    FILTERS,
    Outcome,
    complaints,
    letter,
    listed,
    matching,
    refusal,
    replay_chosen,
    replay_matching,
)
from console.domain.words import plural
from console.entrypoints.filters import Filters
from console.entrypoints.forms import Form, Sent
from console.entrypoints.templating import problem, render, see, url_with
from console.entrypoints.visitors import Asking, Looking
from leadstream.admin.audit import list_changes
from leadstream.admin.dead_letters import (
    get_dead_letter,
    list_dead_letters,
    replay_corrected,
    replay_dead_letters,
    show_dead_letter,
)
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.api.errors import InvalidError
from leadstream.contracts.rejection import Reason
from leadstream.settings import SERVICE_PORTS

router = APIRouter()

PAGE: Final = "/dead-letters"
REASONS: Final = [(reason.value, reason.value.replace("_", " ")) for reason in Reason]
# In a form, `reason` is why somebody changes something.
FIELDS: Final = {"reason": "letter_reason"}

Service = Annotated[str, Path(pattern=f"^({'|'.join(SERVICE_PORTS)})$")]
Id = Annotated[str, Path(pattern=r"^[a-z][a-z0-9.-]{0,100}:\d{1,9}:\d{1,18}:-?\d{1,18}$")]


@router.get(PAGE)
async def list_page(request: Request, api: Asking, visitor: Looking, filters: Filters) -> Response:
    services = filters.services()
    given: dict[str, Any] = filters.taken(*FILTERS)
    view = None
    if visitor.workspace_id is None:
        view = await listed(api, services, given, filters.cursor)
    return render(
        request,
        "pages/dead_letters.html",
        view=view,
        services=list(SERVICE_PORTS),
        reasons=REASONS,
        given={**filters.taken("service"), **given},
        command=leadstream("dlq", "list"),
        curl=curls(list_dead_letters(service, **given) for service in services),
    )


@router.post(f"{PAGE}/replay")
async def replay_some(request: Request, api: Asking, form: Sent) -> Response:
    outcome = await replay_chosen(api, _chosen(form), form.reason)
    return _done(request, outcome, PAGE)


def _chosen(form: Form) -> dict[str, list[str]]:
    """Ids by service, of `<service>/<id>`."""
    chosen: defaultdict[str, list[str]] = defaultdict(list)
    # A form that was kept while its sender logged in again has them as one text.
    for each in " ".join(form.lists("letter")).split():
        service, _, letter_id = each.partition("/")
        if service not in SERVICE_PORTS:
            raise InvalidError("must be `<service>/<id>`", field="letter")
        chosen[service].append(letter_id)
    if not chosen:
        raise InvalidError("choose the letters first", field="letter")
    return dict(chosen)


@router.get(f"{PAGE}/replay")
async def plan_page(request: Request, api: Asking, filters: Filters) -> Response:
    """What a replay of all that match would do."""
    given = filters.taken(*FILTERS)
    plan = await replay_matching(api, filters.services(), given, dry_run=True, reason=None)
    return _plan(request, plan, {**filters.taken("service"), **given})


@router.post(f"{PAGE}/replay/all")
async def replay_all(request: Request, api: Asking, form: Sent) -> Response:
    given = {name: value for name in FILTERS if (value := form.text(FIELDS.get(name, name)))}
    services = [form["service"]] if form.text("service") else list(SERVICE_PORTS)
    if services[0] not in SERVICE_PORTS:
        raise InvalidError(f"there is no such service: {', '.join(SERVICE_PORTS)}", field="service")
    plan = await replay_matching(api, services, given, dry_run=True, reason=None)
    shown = {**({"service": services[0]} if form.text("service") else {}), **given}
    if str(plan.total) != form.text("count"):
        typed = form.get("count", "")
        said = f"You typed {typed or 'nothing'}, and now it is {plan.total}. Nothing was replayed."
        return _plan(request, plan, shown, said=said)
    outcome = await replay_matching(api, services, given, dry_run=False, reason=form.reason)
    return _done(request, outcome, url_with(PAGE, shown))


def _plan(
    request: Request,
    plan: Outcome,
    given: dict[str, str],
    *,
    said: str | None = None,
) -> Response:
    services = [given["service"]] if "service" in given else list(SERVICE_PORTS)
    which = matching({name: value for name, value in given.items() if name != "service"})
    return render(
        request,
        "pages/dead_letters_plan.html",
        422 if said else 200,
        plan=plan,
        given=given,
        fields={FIELDS.get(name, name): value for name, value in given.items()},
        said=said,
        curl=curls(replay_dead_letters(service, matching=which) for service in services),
    )


def _done(request: Request, outcome: Outcome, back: str) -> Response:
    said = f"{plural(outcome.total, 'letter')} replayed."
    if outcome.missing:
        said += f" Of {plural(outcome.missing, 'other')} Kafka keeps no record any more."
    if outcome.errors:
        text = "; ".join(f"{error.service} {error.message}" for error in outcome.errors)
        return problem(request, 502, "Not all were replayed", f"{said} {text}")
    return see(back, said)


@router.get(PAGE + "/{service}/{letter_id}")
async def letter_page(request: Request, api: Asking, service: Service, letter_id: Id) -> Response:
    detail, past = await api.all(
        get_dead_letter(service, letter_id),
        list_changes(service, target=f"dead-letter:{letter_id}", limit=20),
    )
    if isinstance(detail, AdminError):
        raise detail
    return _letter(request, service, detail, past, shown=False)


@router.post(PAGE + "/{service}/{letter_id}/show")
async def show(
    request: Request, api: Asking, service: Service, letter_id: Id, form: Sent
) -> Response:
    """The page itself: what is shown stays nowhere."""
    detail = await api.ask(show_dead_letter(service, letter_id, reason=form.reason))
    past = await api.try_(list_changes(service, target=f"dead-letter:{letter_id}", limit=20))
    return _letter(request, service, detail, past, shown=True)


@router.post(PAGE + "/{service}/{letter_id}/replay")
async def replay_one(api: Asking, service: Service, letter_id: Id, form: Sent) -> Response:
    done = await api.ask(replay_dead_letters(service, ids=[letter_id], reason=form.reason))
    said = (
        "Replayed. If its cause is not mended, it comes back as a new dead letter."
        if done["total"]
        else "Kafka keeps no record of it any more: nothing was replayed."
    )
    return see(f"{PAGE}/{service}/{letter_id}", said)


@router.post(PAGE + "/{service}/{letter_id}/correct")
async def correct(
    request: Request, api: Asking, service: Service, letter_id: Id, form: Sent
) -> Response:
    """Check a corrected copy, or send it; what was typed stays on the page until it is sent."""
    is_check = form.text("step") == "check"
    call = replay_corrected(
        service,
        letter_id,
        value=form.get("value", ""),
        key=form.text("key"),
        dry_run=is_check,
        reason=form.reason,
    )
    answer = await api.try_(call)
    if isinstance(answer, RefusedError) and answer.status == 422:
        return _correction(request, service, letter_id, form, complaint=answer)
    if isinstance(answer, AdminError):
        raise answer
    if is_check:
        return _correction(request, service, letter_id, form, event_id=answer["event_id"])
    said = f"The corrected copy was sent as event {answer['event_id']}."
    return see(f"{PAGE}/{service}/{letter_id}", said)


def _correction(
    request: Request,
    service: str,
    letter_id: str,
    form: Form,
    *,
    complaint: RefusedError | None = None,
    event_id: str | None = None,
) -> Response:
    return render(
        request,
        "pages/dead_letter_correct.html",
        422 if complaint else 200,
        service=service,
        letter_id=letter_id,
        value=form.get("value", ""),
        key=form.get("key", ""),
        reason=form.reason,
        complaints=complaints(refusal(complaint)) if complaint else [],
        field=complaint.field if complaint else None,
        event_id=event_id,
    )


def _letter(request: Request, service: str, detail: Any, past: Any, *, shown: bool) -> Response:
    letters, place = detail["letters"], f"{detail['letters_partition']}:{detail['letters_offset']}"
    return render(
        request,
        "pages/dead_letter.html",
        service=service,
        here=f"{PAGE}/{service}/{detail['id']}",
        letter=letter(detail, shown=shown),
        shown=shown,
        past=past,
        past_error=past if isinstance(past, AdminError) else None,
        command=leadstream("dlq", "show", letters, place),
        curl=curl(get_dead_letter(service, detail["id"])),
    )
