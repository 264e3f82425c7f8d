"""A visitor's session: a token, sealed into a cookie, until it is logged out of or eight hours have passed."""

import asyncio
import base64
import binascii
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from console.entrypoints.visitors import Visitor
from leadstream.admin.answers import WhoIsCalling
from leadstream.admin.client import AdminApis
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.sessions import end_session, who_is_calling
from leadstream.api.tokens import Role
from leadstream.clock import Clock, SystemClock
from leadstream.crypto import Cell, Keyring, UndecryptableError

LASTS: Final = timedelta(hours=8)
# With its name and what it may do, a cookie longer than 4 KB is kept by no browser: whoever logs in would not be in.
LONGEST: Final = 3800
# How long a session that was good is taken for good: it is asked about at the services.
CHECKED_SECONDS: Final = 2.0
# How long the others are waited for when one service has said who it is: one that hangs holds no page up.
OTHERS_SECONDS: Final = 0.2
_NOBODY: Final = UUID(int=0)


class NoSessionError(Exception):
    """There is nobody that this page may be shown to. The message is for the login page."""


@dataclass(slots=True)
class _Checked:
    who: WhoIsCalling
    until: float


class Sessions:
    """Opens, checks and ends sessions; keeps nothing that another replica would need."""

    def __init__(
        self,
        keys: Keyring,
        apis: AdminApis,
        *,
        clock: Clock | None = None,
        checked: float = CHECKED_SECONDS,
    ) -> None:
        self._keys = keys
        self._apis = apis
        self._clock = clock or SystemClock()
        self._lasts = checked
        self._checked: dict[UUID, _Checked] = {}
        self._ended: set[UUID] = set()
        self._nobody: _Checked | None = None

    async def open(self, token: str) -> tuple[Visitor, str]:
        """Check a token; return its holder and the cookie's value. Raises AdminError."""
        who = await self._who(token, None)
        if _is_local(who):
            # They would take any token for whoever is at this machine, which a visitor need not be.
            raise RefusedError(
                "", "The services have no tokens: only their own machine is let in.", status=401
            )
        session_id = uuid4()
        until = self._clock.now() + LASTS
        sealed = self._keys.encrypt_json(
            {"token": token, "until": until.timestamp()}, _cell(session_id)
        )
        value = f"{session_id}.{base64.urlsafe_b64encode(sealed).decode()}"
        if len(value) > LONGEST:
            text = (
                "The token is too long for a browser's cookie: take one of up to 2600 characters."
            )
            raise RefusedError("", text, status=400)
        return _visitor(who, token, session_id), value

    async def visitor(self, cookie: str | None) -> Visitor:
        """Whose cookie it is. Raises NoSessionError if it is nobody's, AdminError if no service answers."""
        if not cookie:
            raise NoSessionError("")
        session_id, token = self._unseal(cookie)
        if session_id in self._ended:
            raise NoSessionError("You have logged out.")
        checked = self._checked.get(session_id)
        if checked is None or checked.until < time.monotonic():
            checked = await self._check(token, session_id, checked)
        return _visitor(checked.who, token, session_id)

    async def local(self) -> Visitor | None:
        """Whoever is at this machine, if the services have no tokens. Raises AdminError if none answers."""
        if self._nobody is None or self._nobody.until < time.monotonic():
            try:
                who = await self._who(None, None)
            except RefusedError:
                return None
            self._nobody = _Checked(who, time.monotonic() + self._lasts)
        return _visitor(self._nobody.who, None, None)

    async def end(self, visitor: Visitor) -> None:
        """Nobody gets in with this session's cookie any more. Raises AdminError if no service can be told."""
        if visitor.session_id is None:
            return
        self._ended.add(visitor.session_id)
        self._checked.pop(visitor.session_id, None)
        api = self._apis.as_(visitor.token)
        told = await api.all(*(end_session(each, visitor.session_id) for each in self._apis.urls))
        failed = [each for each in told if isinstance(each, AdminError)]
        if len(failed) == len(told):
            raise failed[0]

    async def _check(self, token: str, session_id: UUID, before: _Checked | None) -> _Checked:
        try:
            who = await self._who(token, session_id)
        except RefusedError as exc:
            # 429: refused as well, and too often.
            if exc.status in {401, 429}:
                raise NoSessionError("The token is not valid any more.") from None
            raise
        except AdminError:
            # No service answers: each page says so itself, to whoever was let in before.
            if before is None:
                raise
            return before
        if _is_local(who):
            raise NoSessionError(
                "The services have no tokens any more: only their own machine is let in."
            )
        if who["session_ended"]:
            self._ended.add(session_id)
            raise NoSessionError("You have logged out.")
        now = time.monotonic()
        self._checked = {id_: c for id_, c in self._checked.items() if c.until > now - 60}
        self._checked[session_id] = found = _Checked(who, now + self._lasts)
        return found

    async def _who(self, token: str | None, session_id: UUID | None) -> WhoIsCalling:
        """Ask all services who it is, and whether any knows that the session has ended. Raises AdminError."""
        api = self._apis.as_(token)
        asked = [
            asyncio.create_task(api.try_(who_is_calling(each, session_id)))
            for each in self._apis.urls
        ]
        try:
            found = await _answers(asked)
        finally:
            for each in asked:
                each.cancel()
        answers = [each for each in found if not isinstance(each, AdminError)]
        if not answers:
            errors = [each for each in found if isinstance(each, AdminError)]
            raise next((e for e in errors if isinstance(e, RefusedError)), errors[0])
        ended = any(each["session_ended"] for each in answers)
        known = [each for each in answers if not _is_local(each)] or answers
        return {**known[0], "session_ended": ended}

    def _unseal(self, cookie: str) -> tuple[UUID, str]:
        try:
            name, _, sealed = cookie.partition(".")
            session_id = UUID(name)
            content = self._keys.decrypt_json(base64.urlsafe_b64decode(sealed), _cell(session_id))
            token, until = str(content["token"]), float(str(content["until"]))
        except (ValueError, KeyError, binascii.Error, UndecryptableError):
            raise NoSessionError("This browser's session can't be read any more.") from None
        if datetime.fromtimestamp(until, UTC) <= self._clock.now():
            raise NoSessionError("The session has ended after eight hours.")
        return session_id, token


async def _answers(
    asked: Sequence["asyncio.Task[WhoIsCalling | AdminError]"],
) -> list[WhoIsCalling | AdminError]:
    """All that come soon after the first that is one."""
    pending = set(asked)
    timeout: float | None = None
    while pending:
        done, pending = await asyncio.wait(
            pending, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            break
        if timeout is None and any(not isinstance(each.result(), AdminError) for each in done):
            timeout = OTHERS_SECONDS
    return [each.result() for each in asked if each.done()]


def _is_local(who: WhoIsCalling) -> bool:
    return who.get("local", False)


def _visitor(who: WhoIsCalling, token: str | None, session_id: UUID | None) -> Visitor:
    workspace = who["workspace_id"]
    return Visitor(
        name=who["name"],
        role=Role(who["role"]),
        workspace_id=UUID(workspace) if workspace else None,
        token=token,
        session_id=session_id,
    )


def _cell(session_id: UUID) -> Cell:
    return Cell(workspace_id=_NOBODY, table="console", column="session", row_id=session_id)
