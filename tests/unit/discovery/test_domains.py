import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.adapters.idna_names import to_ascii
from discovery.domain.domains import normalise_domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("acme.com", "acme.com"),
        ("https://www.ACME.com/", "acme.com"),
        ("http://acme.com:8080/about?x=1#top", "acme.com"),
        ("//acme.com", "acme.com"),
        ("  Acme.COM.  ", "acme.com"),
        ("user:pw@acme.com", "acme.com"),
        ("info@acme.com", "acme.com"),
        ("shop.acme.co.uk", "shop.acme.co.uk"),
        ("www.acme.com.", "acme.com"),
        ("www.com", "www.com"),
        ("wwwacme.com", "wwwacme.com"),
        ("acme.com\\path", "acme.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("ａｃｍｅ．ｃｏｍ", "acme.com"),  # noqa: RUF001 - full-width, as it is pasted from East Asian pages
        ("münchen-acme.com", "xn--mnchen-acme-thb.com"),
    ],
)
def test_b08_two_spellings_of_a_domain_are_one(text: str, domain: str) -> None:
    assert normalise_domain(text, to_ascii) == domain


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "https://",
        "localhost",
        "http://localhost:3000/",
        "printer.local",
        "db.internal",
        "gmail.com",
        "GMAIL.com",
        "https://mail.yahoo.co.uk/",
        "googlemail.com",
        "web.de",
        "10.0.0.1",
        "https://10.0.0.1/",
        "10.0.0.1:8080",
        "１０.0.0.1",  # noqa: RUF001 - full-width digits are digits to a resolver
        "2130706433",
        "0x7f.1",
        "0x7f.0x1",
        "1.2.3.4.5",
        "[::1]",
        "http://[2001:db8::1]/",
        "::1",
        "acme",
        "acme..com",
        "-acme.com",
        "acme-.com",
        "ac me.com",
        "acme_corp.com",
        "acme.c",
        "acme.123",
        "a" * 64 + ".com",
        "a." * 126 + "com",
        "ü" * 3000,
        "not a domain",
        "\u200b.com",
        "javascript:alert(1)",
    ],
)
def test_b08_addresses_public_mail_and_nonsense_are_no_domain(text: str | None) -> None:
    assert normalise_domain(text, to_ascii) is None


@given(st.text(max_size=300))
def test_whatever_comes_normalising_again_changes_nothing(text: str) -> None:
    domain = normalise_domain(text, to_ascii)

    if domain is not None:
        assert domain.isascii()
        assert domain == domain.lower()
        assert len(domain) <= 253
        assert normalise_domain(f"HTTPS://WWW.{domain.upper()}/", to_ascii) in (
            domain,
            # "www.com" is a domain of its own.
            domain.removeprefix("www."),
        )
