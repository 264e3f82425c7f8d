from uuid import UUID

from leadstream.admin.answers import EndedSession, WhoIsCalling
from leadstream.admin.calls import Call, given, path


def who_is_calling(service: str, session_id: UUID | None = None) -> Call[WhoIsCalling]:
    return Call(service, "GET", "whoami", WhoIsCalling, given(session=session_id))


def end_session(service: str, session_id: UUID) -> Call[EndedSession]:
    return Call(service, "POST", path("sessions", session_id, "end"), EndedSession)
