import httpx
import pytest

from contract.sandbox.cases import Case, cases
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("webhook_out")}


@pytest.mark.parametrize("name", CASES)
async def test_the_receiver_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    response = CASES[name].response
    step = {"status": response["status"], "headers": response["headers"], "body": response["body"]}
    await sandbox.control.script("hooks", "receive", step, match={"hook": "warehouse"})

    answer = await api.post(sandbox.hook_url("warehouse"), json={})

    assert answer.status_code == response["status"]
    assert answer.text == response["body"]
    for header, value in response["headers"].items():
        assert answer.headers[header] == value
