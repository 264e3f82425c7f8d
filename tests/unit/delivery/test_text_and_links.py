import pytest

from delivery.domain.links import domain_link, mail_link, shown_host, web_link
from leadstream.reading import one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, ""),
        ("  Acme   Corp ", "Acme Corp"),
        ("Acme\r\nBcc: everyone@example.com", "Acme Bcc: everyone@example.com"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("safe\u202eexe.fdp", "safeexe.fdp"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("日本語 ☕ Ünï", "日本語 ☕ Ünï"),
    ],
)
def test_b26_text_becomes_one_visible_line(text: str | None, shown: str) -> None:
    assert one_line(text) == shown


def test_long_text_is_cut_between_words() -> None:
    cut = one_line("word " * 100, 30)

    assert len(cut) <= 30
    assert cut == "word word word word word word…"


def test_a_long_word_is_cut_all_the_same() -> None:
    assert one_line("x" * 1000, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "//acme.com/",
        "acme.com",
        "https://",
        "https://user:password@acme.com/",
        "https://acme.com@evil.example/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://acme.com\\@evil.example/",
        "https://acme.com/\r\nSet-Cookie: x",
        "https://acme.com:99999/",
        "https://-acme.com/",
        "https://" + "a" * 3000 + ".com/",
    ],
)
def test_b26_what_is_no_plain_web_address_is_no_link(url: str) -> None:
    assert web_link(url) is None


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.acme.com/", "https://www.acme.com/"),
        ("HTTP://Acme.COM/Path?a=1&b=2", "http://acme.com/Path?a=1&b=2"),
        ("https://acme.com:8443/x", "https://acme.com:8443/x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ('https://acme.com/"><img', "https://acme.com/%22%3E%3Cimg"),
        ("https://acme.com/a|b", "https://acme.com/a%7Cb"),
        ("https://acme.com/#javascript:x", "https://acme.com/"),
    ],
)
def test_web_links_come_out_inert(url: str, link: str) -> None:
    assert web_link(url) == link


def test_a_domain_links_to_its_website() -> None:
    assert domain_link("acme.com") == "https://acme.com"
    assert domain_link("acme.com/<script>") == "https://acme.com/%3Cscript%3E"
    assert domain_link(None) is None


def test_the_text_of_a_link_is_its_host() -> None:
    assert shown_host("https://www.acme.com/very/long") == "acme.com"


@pytest.mark.parametrize(
    "address",
    ["a@b.c?bcc=x@y.z", "a@b.com,c@d.com", "a b@c.com", "a@b.com\r\nBcc: x@y.z", "a@b", "", None],
)
def test_only_a_plain_address_is_a_mail_link(address: str | None) -> None:
    assert mail_link(address) is None
    assert mail_link("john.smith+x@acme.co.uk") == "mailto:john.smith+x@acme.co.uk"
