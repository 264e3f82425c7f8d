from leadstream.api.app import create_app
from leadstream.api.audit import Audit, Change, PostgresAudit
from leadstream.api.auth import Admin, Operator, Viewer, require
from leadstream.api.errors import (
    ApiError,
    ConflictError,
    ErrorBody,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    answers,
)
from leadstream.api.gate import AdminLimits
from leadstream.api.paging import Page, Paging, PagingQuery, decode_cursor, encode_cursor
from leadstream.api.server import ApiServer
from leadstream.api.tokens import AdminToken, Caller, Role

__all__ = [
    "Admin",
    "AdminLimits",
    "AdminToken",
    "ApiError",
    "ApiServer",
    "Audit",
    "Caller",
    "Change",
    "ConflictError",
    "ErrorBody",
    "ForbiddenError",
    "InvalidError",
    "NotFoundError",
    "Operator",
    "Page",
    "Paging",
    "PagingQuery",
    "PostgresAudit",
    "Role",
    "Viewer",
    "answers",
    "create_app",
    "decode_cursor",
    "encode_cursor",
    "require",
]
