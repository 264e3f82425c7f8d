"""The e-mail about all leads of a window: what it says, and that it fits."""

import re
from typing import Any

import orjson
import pytest

from delivery.adapters.email.digest import digest_email
from delivery.adapters.email.message import Letterhead
from delivery.domain.digest import Digest
from delivery.domain.score import Score
from unit.delivery.digests import a_digest, a_digest_lead, leads_of
from unit.delivery.test_email import APP, LETTERHEAD, Page

# Gmail clips at 102 KB; some of it is for what a relay may add.
LARGEST = 95_000
SKIPPED = {
    "status": "skipped",
    "reason": "missing_domain",
    "enriched_at": "2026-01-22T02:16:30Z",
}


def digest(letterhead: Letterhead = LETTERHEAD, app: str | None = APP, **changes: Any) -> Any:
    return written(a_digest(**changes), letterhead, app)


def written(what: Digest, letterhead: Letterhead = LETTERHEAD, app: str | None = APP) -> Any:
    return orjson.loads(digest_email(what, letterhead, app_url=app))


@pytest.mark.parametrize(
    ("hot", "warm", "cold", "subject"),
    [
        (3, 12, 0, "3 hot, 12 warm leads — Mon 30 Nov"),
        (0, 0, 1, "1 cold lead — Mon 30 Nov"),
        (1, 0, 0, "1 hot lead — Mon 30 Nov"),
        (1, 0, 1, "1 hot, 1 cold leads — Mon 30 Nov"),
        (1, 1200, 3, "1 hot, 1,200 warm, 3 cold leads — Mon 30 Nov"),
    ],
)
def test_the_subject_says_what_is_in_it(hot: int, warm: int, cold: int, subject: str) -> None:
    assert digest(leads=leads_of(hot, warm, cold))["subject"] == subject


@pytest.mark.parametrize(
    ("zone", "shown", "day"),
    [
        ("Europe/Berlin", "Sun 29 Nov, 08:00 to Mon 30 Nov, 08:00 (Europe/Berlin)", "Mon 30 Nov"),
        ("Pacific/Kiritimati", "Sun 29 Nov, 21:00 to Mon 30 Nov, 21:00", "Mon 30 Nov"),
        ("Pacific/Pago_Pago", "Sat 28 Nov, 20:00 to Sun 29 Nov, 20:00", "Sun 29 Nov"),
        (None, "Sun 29 Nov, 07:00 to Mon 30 Nov, 07:00 (UTC)", "Mon 30 Nov"),
    ],
)
def test_times_are_the_recipients_own_and_say_whose(zone: str | None, shown: str, day: str) -> None:
    sent = digest(zone=zone)

    assert sent["subject"].endswith(day)
    for text in (Page(sent["html"]).text, sent["text"]):
        assert shown in text


def test_leads_come_by_score_each_with_reason_contact_and_links() -> None:
    sent = digest(leads=leads_of(1, 1, 1))

    for whole in (Page(sent["html"]).text, sent["text"]):
        # Without what an inbox shows behind the subject, which names companies, too.
        text = whole[whole.index("HOT: 1 lead") :]
        places = [text.index(each) for each in ("HOT: 1 lead", "Company 1", "WARM: 1 lead",
                  "Company 2", "COLD: 1 lead", "Company 3")]  # fmt: skip
        assert places == sorted(places)
        for shown in ("Signal 1 ", "and 2 more signals", "John Smith",
                      "VP of Engineering", "john@acme.com"):  # fmt: skip
            assert text.count(shown) == 3, shown
    links = Page(sent["html"]).links
    for lead in leads_of(1, 1, 1):
        url = f"{APP}/leads/{lead.lead_id}"
        assert links.count(url) == 1
        assert sent["text"].count(url) == 1


def test_it_is_for_one_recipient_who_can_end_it_by_one_click() -> None:
    sent = digest()
    link = f"https://alerts.leadstream.example/u/{'t' * 32}"

    assert sent["to"] == ["ops@acme.example"]
    assert sent["headers"]["List-Unsubscribe"] == f"<{link}>"
    assert link in Page(sent["html"]).links
    assert link in sent["text"]
    assert {tag["name"] for tag in sent["tags"]} == {"workspace_id", "digest_id"}


NAMES = {
    "latin": "Acme Manufacturing Company",
    "cyrillic": "Общество Хорошая Компания",
    "chinese": "株式会社日本製作所東京本社",
    "of what is escaped": "&\"<'>" * 60,
    "emoji": "🚀" * 300,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("app", [APP, None])
def test_200_leads_are_all_there_below_what_gmail_clips(name: str, app: str | None) -> None:
    """The first ones whole, then lines; whatever others have written into their names."""
    letterhead = Letterhead(sender="a@b.example", footer="&" * 500, public_url="https://u.example")
    contact = {"full_name": name, "title": name, "email": "john@acme.com"}
    leads = leads_of(
        5, 60, 135,
        company={"name": name, "domain": "a-quite-long-domain-of-a-company.example"},
        topic={"name": name},
        enrichment={
            "status": "completed",
            "enriched_at": "2026-01-22T02:16:30Z",
            "contacts": [contact],
            "total_contacts": 1,
        },
    )  # fmt: skip

    sent = written(a_digest(*leads), letterhead, app)

    assert len(sent["html"].encode()) < LARGEST
    links = Page(sent["html"]).links
    urls = [f"{APP}/leads/{lead.lead_id}" for lead in leads]
    if app:
        assert [link for link in links if link.startswith(f"{APP}/leads/")] == urls
        assert re.findall(rf"{APP}/leads/\S+", sent["text"]) == urls
    assert links.count("mailto:john@acme.com") >= 5
    assert "no room" not in sent["text"]


def test_what_has_no_room_is_counted() -> None:
    sent = digest(leads=leads_of(2, 0, 1498))

    shown = len(re.findall(rf"{APP}/leads/", sent["text"]))
    assert len(sent["html"].encode()) < LARGEST
    assert 200 < shown < 1500
    for text in (sent["html"], sent["text"]):
        assert f"There was no room for {1500 - shown:,} leads more." in text
    assert "COLD: 1,498 leads" in sent["text"]


def test_b26_whatever_leads_hold_is_inert() -> None:
    bad = '<img src=x onerror=alert(1)>"><script>alert(2)</script>'
    odd = {
        "company": {
            "name": bad,
            "website": "javascript:alert(4)",
            "domain": 'acme.com" onmouseover="x',
            "industry": bad,
        },
        "topic": {"name": bad},
        "enrichment": {
            "status": "completed",
            "enriched_at": "2026-01-22T02:16:30Z",
            "contacts": [{"full_name": bad, "title": bad, "linkedin_url": "javascript:alert(3)"}],
        },
    }
    leads = leads_of(5, 20, 300, **odd)
    for lead in leads[::2]:
        signal = {"signal_type": bad, "source": bad}
        lead.content["intent"].update(signals=[signal, signal])

    sent = written(a_digest(*leads), app=None)
    page = Page(sent["html"])

    assert page.tags.isdisjoint({"img", "script"})
    assert page.events == []
    assert all(link.startswith("https://alerts.leadstream.example/") for link in page.links)
    assert "\n" not in sent["subject"]


@pytest.mark.parametrize("count", [1, 60, 400])
def test_leads_of_which_little_is_known_read_well(count: int) -> None:
    bare = {
        "company": {"name": " ", "domain": None, "website": None},
        "topic": None,
        "enrichment": SKIPPED,
    }
    leads = leads_of(0, 0, count, **bare)
    for lead in leads:
        lead.content["intent"].update(signals=[])

    sent = written(a_digest(*leads), app=None)

    for text in (Page(sent["html"]).text, sent["text"]):
        assert "None" not in text
        assert text.count("Unnamed company") >= count
    assert not re.search(r"\n{4,}", sent["text"])


def test_a_lead_without_signals_names_the_query_that_found_it() -> None:
    lead = a_digest_lead(1, Score.HOT)
    lead.content["intent"].update(signals=[])

    sent = digest(leads=[lead])

    assert "Found by the query AI automation tools" in Page(sent["html"]).text
    assert "Found by the query AI automation tools" in sent["text"]
