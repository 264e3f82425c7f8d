import pytest

from enrichment.adapters.idna_names import domain_of


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("acme.com", "acme.com"),
        (" ACME.com. ", "acme.com"),
        ("https://www.acme.com/about?x=1#y", "acme.com"),
        ("//acme.com", "acme.com"),
        ("acme.com:8080", "acme.com"),
        ("ann@acme.com", "acme.com"),
        ("shop.acme.co.uk", "shop.acme.co.uk"),
        ("www.com", "www.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("straße.de", "xn--strae-oqa.de"),
        ("r3---sn.example.com", "r3---sn.example.com"),
    ],
)
def test_a_company_has_one_domain_however_it_is_written(text: str, domain: str) -> None:
    assert domain_of(text) == domain


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "acme",
        "localhost",
        "printer.local",
        "db.internal",
        "gmail.com",
        "mail.yahoo.com",
        "10.0.0.1",
        "0x7f.1",
        "[::1]",
        "http://[::1",
        "-acme.com",
        "acme-.com",
        "a_b.com",
        "acme..com",
        ".com",
        "acme .com",
        "n/a",
        "a" * 64 + ".com",
        "a." * 130 + "com",
        "x" * 3000,
        "acme.com:port",
        "\ud800.com",
    ],
)
def test_what_is_nobodys_own_domain_is_none(text: str | None) -> None:
    assert domain_of(text) is None
