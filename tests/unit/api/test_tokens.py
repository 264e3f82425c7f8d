import hashlib
from uuid import UUID

import pytest
from pydantic import ValidationError

from leadstream.api import AdminToken, ApiError, Caller, Role
from leadstream.api.tokens import find_token

ACME, OTHER = UUID(int=1), UUID(int=2)
ADMIN = Caller("ops", Role.ADMIN)
OF_ACME = Caller("acme", Role.OPERATOR, ACME)


def a_token(name: str, secret: str) -> AdminToken:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=Role.VIEWER)


def test_a_token_is_found_by_what_was_presented() -> None:
    tokens = [a_token("a", "first"), a_token("b", "second"), a_token("c", "third")]

    assert find_token(tokens, "second") == tokens[1]


@pytest.mark.parametrize("presented", ["", "First", "first ", "\udcff", "ä", "x" * 100_000])
def test_anything_else_is_no_token(presented: str) -> None:
    assert find_token([a_token("a", "first")], presented) is None


def test_the_hash_is_no_token() -> None:
    token = a_token("a", "first")

    assert find_token([token], token.sha256) is None


@pytest.mark.parametrize(
    ("role", "included"),
    [
        (Role.ADMIN, {Role.ADMIN, Role.OPERATOR, Role.VIEWER}),
        (Role.OPERATOR, {Role.OPERATOR, Role.VIEWER}),
        (Role.VIEWER, {Role.VIEWER}),
    ],
)
def test_each_role_may_all_that_the_one_below_may(role: Role, included: set[Role]) -> None:
    assert {other for other in Role if Caller("x", role).may(other)} == included


def test_a_caller_without_a_workspace_sees_all() -> None:
    assert ADMIN.sees(ACME)
    assert ADMIN.sees(None)
    assert ADMIN.narrow(ACME) == ACME
    assert ADMIN.narrow(None) is None
    ADMIN.must_see(OTHER, "lead")
    ADMIN.must_span_workspaces()


def test_a_caller_of_a_workspace_sees_that_one_only() -> None:
    assert OF_ACME.sees(ACME)
    assert not OF_ACME.sees(OTHER)
    assert not OF_ACME.sees(None)
    assert OF_ACME.narrow(None) == ACME
    assert OF_ACME.narrow(ACME) == ACME


def test_another_workspaces_thing_is_not_there_and_all_workspaces_are_forbidden() -> None:
    with pytest.raises(ApiError) as missing:
        OF_ACME.must_see(OTHER, "lead")
    with pytest.raises(ApiError) as narrowed:
        OF_ACME.narrow(OTHER)
    with pytest.raises(ApiError) as forbidden:
        OF_ACME.must_span_workspaces()

    assert (missing.value.status, missing.value.message) == (404, "there is no such lead")
    assert narrowed.value.status == 404
    assert forbidden.value.status == 403


@pytest.mark.parametrize(
    "wrong",
    [{"sha256": "abc"}, {"sha256": "g" * 64}, {"role": "root"}, {"name": ""}, {"token": "x"}],
    ids=str,
)
def test_an_entry_that_is_not_as_documented_is_refused(wrong: dict[str, str]) -> None:
    good = {"name": "ops", "sha256": "a" * 64, "role": "admin"}

    with pytest.raises(ValidationError):
        AdminToken.model_validate(good | wrong)
