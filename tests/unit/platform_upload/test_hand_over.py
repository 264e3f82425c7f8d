"""Records on their way: what a platform refuses is mended, left out, or found alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from platform_upload.application.budget import Budget
from platform_upload.application.hand_over import Sent, hand_over
from platform_upload.domain.answers import Accepted, Answer, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.drafts import Complaint, Draft, Fields, Form
from unit.platform_upload.builders import a_budget, refused

Judge = Callable[[Draft], Refused | None]


def mend(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
    """Names are cut to three letters; a state has a code."""
    if name == "State":
        return {n: v for n, v in fields.items() if n != "State"} | {"StateCode": "CA"}
    return {**fields, "Name": fields["Name"][:3]} if name == "Name" else None


ORIGINS = {"Name": "company_name", "State": "location.state"}
FORM = Form(required=frozenset({"Name"}), mend=mend, codes={"State": "StateCode"}, origins=ORIGINS)


def a_draft(key: str = "1", **fields: str) -> Draft:
    return Draft(key=key, fields={"Name": "Acme", **fields})


def complaint(name: str | None, **changes: object) -> Complaint:
    return Complaint(**({"field": name, "code": "BAD", "message": "no"} | changes))  # type: ignore[arg-type]


def about(*complaints: Complaint, verdict: Verdict = Verdict.PERMANENT) -> Refused:
    return refused(verdict, complaints=complaints)


@dataclass
class Platform:
    """Judges record by record, or (`whole`) refuses a batch with the first record's refusal."""

    judge: Judge
    whole: bool = False
    budget: Budget = field(default_factory=a_budget)
    calls: list[list[Draft]] = field(default_factory=list)

    async def send(self, drafts: Sequence[Draft]) -> list[Answer]:
        self.budget.spend(timedelta(seconds=1))
        self.calls.append(list(drafts))
        judged = [self.judge(draft) for draft in drafts]
        if self.whole and any(judged):
            raise RefusedError(next(each for each in judged if each))
        return [each or Accepted(external_id=d.key) for each, d in zip(judged, drafts, strict=True)]

    async def take(self, *drafts: Draft) -> list[Sent]:
        return await hand_over(drafts, self.send, FORM)


def without(*names: str) -> Judge:
    """Refuses records that have one of the fields, one field at a time."""

    def judge(draft: Draft) -> Refused | None:
        found = [name for name in names if name in draft.fields]
        return about(complaint(found[0])) if found else None

    return judge


def done_to(sent: Sent) -> list[tuple[str, str]]:
    return [(each.field, each.action.value) for each in sent.draft.adjustments]


async def test_what_is_accepted_goes_once_and_whole() -> None:
    platform = Platform(without())

    (sent,) = await platform.take(a_draft(Email="x"))

    assert (len(platform.calls), done_to(sent)) == (1, [])


async def test_a_field_is_left_out_and_its_neighbours_stay_as_they_are() -> None:
    platform = Platform(without("Email"))

    first, second = await platform.take(a_draft("1", Email="x", City="y"), a_draft("2", City="y"))

    assert isinstance(first.answer, Accepted)
    assert first.draft.fields == {"Name": "Acme", "City": "y"}
    assert done_to(first) == [("Email", "left_out")]
    assert done_to(second) == []
    # Only the one that was refused goes again.
    assert [[d.key for d in call] for call in platform.calls] == [["1", "2"], ["1"]]


async def test_fields_that_are_refused_one_after_the_other_are_all_left_out() -> None:
    platform = Platform(without("Email", "City", "Phone"))

    (sent,) = await platform.take(a_draft(Email="x", City="y", Phone="z"))

    assert isinstance(sent.answer, Accepted)
    assert [name for name, _ in done_to(sent)] == ["Email", "City", "Phone"]


async def test_what_is_mended_and_refused_again_is_left_out_and_said_once() -> None:
    mended = Platform(without("State"))
    refused_again = Platform(without("State", "StateCode"))

    (one,) = await mended.take(a_draft(State="California"))
    (other,) = await refused_again.take(a_draft(State="California"))

    assert (one.draft.fields["StateCode"], done_to(one)) == ("CA", [("State", "mended")])
    assert (set(other.draft.fields), done_to(other)) == ({"Name"}, [("State", "left_out")])


async def test_a_field_may_be_named_by_its_code() -> None:
    platform = Platform(lambda d: about(complaint("StateCode")) if "State" in d.fields else None)

    (sent,) = await platform.take(a_draft(State="California"))

    assert done_to(sent) == [("State", "mended")]


async def test_a_required_field_is_mended_and_never_left_out() -> None:
    long = Platform(lambda d: about(complaint("Name")) if len(d.fields["Name"]) > 3 else None)
    never = Platform(lambda d: about(complaint("Name")))

    (fits,) = await long.take(a_draft())
    (fails,) = await never.take(a_draft())

    assert (fits.draft.fields["Name"], done_to(fits)) == ("Acm", [("Name", "mended")])
    assert isinstance(fails.answer, Refused)
    assert "Name" in fails.draft.fields


async def test_values_that_are_refused_without_a_name_leave_what_is_required() -> None:
    platform = Platform(lambda d: about(complaint(None)) if len(d.fields) > 1 else None)

    (sent,) = await platform.take(a_draft(Email="x", State="y"))

    assert isinstance(sent.answer, Accepted)
    assert done_to(sent) == [("Email", "left_out"), ("State", "left_out")]


async def test_a_batch_refused_for_a_value_loses_it_where_it_is_and_nowhere_else() -> None:
    def judge(draft: Draft) -> Refused | None:
        bad = draft.fields.get("Industry") == "Space"
        return about(complaint("Industry", value="Space")) if bad else None

    platform = Platform(judge, whole=True)
    drafts = [a_draft(str(n), Industry="Space" if n == 3 else "Retail") for n in range(10)]

    sent = await platform.take(*drafts)

    assert [n for n, each in enumerate(sent) if done_to(each)] == [3]
    assert len(platform.calls) == 2


async def test_a_batch_refused_for_a_field_of_nobody_knows_which_record_is_halved() -> None:
    platform = Platform(
        lambda d: about(complaint("City")) if d.fields.get("City") == "bad" else None, whole=True
    )
    drafts = [a_draft(str(n), City="bad" if n == 5 else "good") for n in range(8)]

    sent = await platform.take(*drafts)

    assert all(isinstance(each.answer, Accepted) for each in sent)
    assert [n for n, each in enumerate(sent) if done_to(each)] == [5]


async def test_a_field_that_there_is_not_is_left_out_of_all_at_once() -> None:
    absent = about(complaint("Rating", absent=True), verdict=Verdict.CONFIGURATION)
    platform = Platform(lambda d: absent if "Rating" in d.fields else None, whole=True)

    sent = await platform.take(*(a_draft(str(n), Rating="Hot") for n in range(20)))

    assert all(isinstance(each.answer, Accepted) for each in sent)
    assert len(platform.calls) == 2


async def test_b33_a_batch_refused_as_a_whole_is_halved_until_the_bad_record_stands_alone() -> None:
    platform = Platform(lambda d: about() if d.key == "37" else None, whole=True)

    sent = await platform.take(*(a_draft(str(n)) for n in range(100)))

    assert [each.draft.key for each in sent if isinstance(each.answer, Refused)] == ["37"]
    # 100 → 50 → 25 → 13 → 7 → 4 → 2 → 1: a call for each half on the way down, and no more.
    assert len(platform.calls) <= 15


async def test_several_bad_records_are_each_found() -> None:
    platform = Platform(lambda d: about() if d.key in {"0", "7", "15"} else None, whole=True)

    sent = await platform.take(*(a_draft(str(n)) for n in range(16)))

    assert [n for n, e in enumerate(sent) if isinstance(e.answer, Refused)] == [0, 7, 15]


async def test_what_the_budget_does_not_reach_is_untried_and_something_is_settled() -> None:
    platform = Platform(lambda d: about(), whole=True, budget=a_budget(calls=16))

    sent = await platform.take(*(a_draft(str(n)) for n in range(64)))

    assert len(platform.calls) == 16
    assert isinstance(sent[0].answer, Refused)
    assert isinstance(sent[63].answer, Untried)


async def test_a_conflict_is_tried_once_more_and_is_passing() -> None:
    conflict = about(verdict=Verdict.RESOLVE_EXISTING)
    once = Platform(lambda d: None if d.repeated else conflict)
    ever = Platform(lambda d: conflict)

    (settled,) = await once.take(a_draft())
    (open_,) = await ever.take(a_draft())

    assert isinstance(settled.answer, Accepted)
    assert open_.answer == conflict
    assert len(ever.calls) == 2


async def test_a_conflict_of_one_record_costs_the_batch_nothing() -> None:
    conflict = about(verdict=Verdict.RESOLVE_EXISTING)
    platform = Platform(lambda d: conflict if d.key == "3" else None, whole=True)

    sent = await platform.take(*(a_draft(str(n)) for n in range(8)))

    assert [e.draft.key for e in sent if not isinstance(e.answer, Accepted)] == ["3"]


async def test_a_platform_that_goes_away_leaves_what_it_accepted() -> None:
    away = refused(Verdict.RETRY, status_code=503)
    platform = Platform(without("Email"))
    answers = platform.send

    async def send(drafts: Sequence[Draft]) -> list[Answer]:
        if platform.calls:
            raise RefusedError(away)
        return await answers(drafts)

    first, second = await hand_over([a_draft("1", Email="x"), a_draft("2")], send, FORM)

    assert first.answer == away
    assert isinstance(second.answer, Accepted)


async def test_the_field_that_a_record_is_refused_for_is_called_by_our_name_too() -> None:
    platform = Platform(lambda draft: about(complaint("Name")))

    (sent,) = await platform.take(a_draft(Name="Acm"))

    assert isinstance(sent.answer, Refused)
    assert (sent.answer.field, sent.answer.ours) == ("Name", "company_name")


async def test_what_was_done_to_a_field_is_said_with_our_name() -> None:
    platform = Platform(without("State", "StateCode"))

    (sent,) = await platform.take(a_draft(State="California"))

    (adjustment,) = sent.draft.adjustments
    assert (adjustment.field, adjustment.ours) == ("State", "location.state")


async def test_a_field_of_the_platforms_own_has_no_name_of_ours() -> None:
    platform = Platform(lambda draft: refused(Verdict.PERMANENT, field="Region"))

    (sent,) = await platform.take(a_draft())

    assert isinstance(sent.answer, Refused)
    assert (sent.answer.field, sent.answer.ours) == ("Region", None)
