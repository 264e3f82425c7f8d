import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.companies import company_domain
from leadstream.inside import INSIDE


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
        ("straße.de", "xn--strae-oqa.de"),
        ("r3---sn.example.com", "r3---sn.example.com"),
    ],
)
def test_b08_two_spellings_of_a_domain_are_one(text: str, domain: str) -> None:
    assert company_domain(text) == domain


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
        "n/a",
        "acme.com:port",
        "\ud800.com",
        "http://[::1",
    ],
)
def test_b08_addresses_public_mail_and_nonsense_are_no_domain(text: str | None) -> None:
    assert company_domain(text) is None


@pytest.mark.parametrize("last", sorted(INSIDE - {"test"}))
def test_a_name_for_use_inside_is_no_domain(last: str) -> None:
    assert company_domain(f"acme.{last}") is None
    assert company_domain(f"https://kubernetes.{last}.{last}:8443/") is None
    assert company_domain(f"{last}.acme.com") == f"{last}.acme.com"


@pytest.mark.parametrize("brand", ["aol", "gmail", "gmx", "googlemail", "hotmail", "outlook"])
@pytest.mark.parametrize("ending", ["com", "de", "info", "com.tr", "co.uk", "com.vn", "net.au"])
def test_public_mail_is_nobodys_own_in_any_country(brand: str, ending: str) -> None:
    assert company_domain(f"{brand}.{ending}") is None
    assert company_domain(f"info@mail.{brand}.{ending}") is None
    for own in (f"my{brand}.{ending}", f"{brand}.acme.{ending}", f"{brand}-tools.{ending}"):
        assert company_domain(own) == own


@pytest.mark.parametrize("suffix", ["co.uk", "com.au", "co.jp", "com.br", "org.uk", "ne.jp"])
def test_what_a_registry_sells_names_under_is_nobodys_own(suffix: str) -> None:
    assert company_domain(suffix) is None
    assert company_domain(f"https://www.{suffix}/") is None
    assert company_domain(f"acme.{suffix}") == f"acme.{suffix}"


@pytest.mark.parametrize(
    "text",
    [
        "facebook.com",
        "https://www.facebook.com/acme",
        "https://m.facebook.com/acme",
        "https://de.linkedin.com/company/acme",
        "linkedin.com/company/acme",
        "https://www.instagram.com/acme/",
        "https://x.com/acme",
        "https://twitter.com/acme",
        "https://sites.google.com/view/acme",
        "https://sites.google.com/site/acme/home",
        "https://docs.google.com/document/d/1",
        "https://acme.wixsite.com/home",
        "wixsite.com",
        "acme.myshopify.com",
        "ACME.MyShopify.com",
        "acme.github.io",
        "https://acme.github.io/shop",
        "bit.ly/3acme",
        "https://linktr.ee/acme",
        "acme.blogspot.com",
        "acme.blogspot.co.uk",
        "https://acme.blogspot.de/2026",
        "acme.wordpress.com",
        "acme.weebly.com",
        "acme.squarespace.com",
        "acme.webflow.io",
        "acme.netlify.app",
        "acme.vercel.app",
        "acme.pages.dev",
        "acme.herokuapp.com",
        "acme.web.app",
        "acme.firebaseapp.com",
        "acme.azurewebsites.net",
        "acme.s3.eu-west-1.amazonaws.com",
        "d111111abcdef8.cloudfront.net",
        "acme.carrd.co",
        "acme.notion.site",
        "acme.tumblr.com",
        "acme.substack.com",
        "acme.business.site",
        "acme.jimdosite.com",
        "acme.jimdo.com",
        "acme.godaddysites.com",
        "acme.square.site",
        "acme.zendesk.com",
        "https://medium.com/@acme",
        "https://youtu.be/acme",
        "https://www.youtube.com/@acme",
        "https://acme.etsy.com",
        "https://wa.me/15551234567",
        "https://goo.gl/maps/acme",
    ],
)
def test_a_host_that_many_companies_share_is_nobodys_own(text: str) -> None:
    assert company_domain(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "acmefacebook.com",
        "notlinkedin.com",
        "box.com",
        "vox.com",
        "fedex.com",
        "shopify.com",
        "squarespace.com",
        "zendesk.com",
        "google.com",
        "microsoft.com",
        "amazon.com",
        # Names that registries sell, though the Public Suffix List has them in its private section.
        "acme.uk.com",
        "acme.com.de",
        "acme.co.com",
        "acme.msk.ru",
        "github.io.acme.com",
        "net.hr",
        "co.com",
        "com.com",
        "live.tv",
        "acme.test",
        "acme.example",
    ],
)
def test_what_only_looks_like_a_shared_host_is_a_companys_own(text: str) -> None:
    assert company_domain(text) == text


@given(st.text(max_size=300))
def test_whatever_comes_normalising_again_changes_nothing(text: str) -> None:
    domain = company_domain(text)

    if domain is not None:
        assert domain.isascii()
        assert domain == domain.lower()
        assert len(domain) <= 253
        assert company_domain(f"HTTPS://WWW.{domain.upper()}/") in (
            domain,
            # "www.com" is a domain of its own.
            domain.removeprefix("www."),
        )
