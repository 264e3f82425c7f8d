from datetime import UTC, datetime
from uuid import UUID, uuid4

from delivery.application.planning import Alert, Destination, plan
from delivery.domain.delivery import Channel
from delivery.domain.score import Score
from leadstream.jobs.model import Priority

A, B = uuid4(), uuid4()
NOW = datetime(2026, 1, 22, 2, 20, tzinfo=UTC)


def alert(workspace: UUID = A, score: Score = Score.HOT, revision: int = 1) -> Alert:
    return Alert(
        lead_id=UUID(int=7),
        revision=revision,
        workspace_id=workspace,
        score=score,
        discovered_at=datetime(2026, 1, 22, tzinfo=UTC),
        traceparent=None,
    )


def destination(
    channel: Channel = Channel.SLACK, workspace: UUID = A, least: Score = Score.COLD
) -> Destination:
    return Destination(id=uuid4(), workspace_id=workspace, channel=channel, min_score=least)


def test_each_destination_of_the_workspace_that_wants_the_score_gets_the_lead() -> None:
    picky, easy, foreign = destination(least=Score.HOT), destination(), destination(workspace=B)

    planned = plan([alert(score=Score.WARM)], [picky, easy, foreign], now=NOW)

    assert [each.destination for each in planned] == [easy]


def test_the_same_lead_revision_and_destination_are_the_same_delivery() -> None:
    there = destination()
    again = plan([alert()], [there], now=NOW)[0].id

    assert plan([alert()], [there], now=NOW)[0].id == again
    assert plan([alert(revision=2)], [there], now=NOW)[0].id != again
    assert plan([alert()], [destination()], now=NOW)[0].id != again


def test_a_delivery_and_its_job_have_one_id() -> None:
    planned = plan([alert()], [destination()], now=NOW)[0]

    assert planned.job().id == planned.id


def test_email_stands_still_by_workspace_and_a_channel_by_itself() -> None:
    mail, slack = destination(Channel.EMAIL), destination(Channel.SLACK)

    jobs = {each.job().kind: each.job() for each in plan([alert()], [mail, slack], now=NOW)}

    assert jobs["deliver-email"].lane == f"workspace:{A}"
    assert jobs["deliver-slack"].lane == f"destination:{slack.id}"
    assert {job.priority for job in jobs.values()} == {Priority.HOT}
