import pytest

from platform_upload.domain.platforms import Platform, choose_platform


@pytest.mark.parametrize(
    ("industry", "platform"),
    [
        ("Technology", Platform.TECH),
        ("Finance", Platform.FINANCE),
        ("Healthcare", Platform.HEALTHCARE),
        ("Retail", Platform.RETAIL),
        ("Marketing", Platform.MARKETING),
    ],
)
def test_b30_the_names_of_the_specification_have_their_platforms(
    industry: str, platform: Platform
) -> None:
    assert choose_platform(industry) is platform


@pytest.mark.parametrize(
    ("industry", "platform"),
    [
        ("Financial Services", Platform.FINANCE),
        ("Banking", Platform.FINANCE),
        ("Investment Banking", Platform.FINANCE),
        ("Retail Banking", Platform.FINANCE),
        ("Insurance", Platform.FINANCE),
        ("FinTech", Platform.FINANCE),
        ("Financial Technology", Platform.FINANCE),
        ("Venture Capital & Private Equity", Platform.FINANCE),
        ("E-commerce", Platform.RETAIL),
        ("eCommerce", Platform.RETAIL),
        ("Supermarkets", Platform.RETAIL),
        ("Apparel & Fashion", Platform.RETAIL),
        ("Healthcare Technology", Platform.HEALTHCARE),
        ("Health Care", Platform.HEALTHCARE),
        ("Hospitals", Platform.HEALTHCARE),
        ("Hospital & Health Care", Platform.HEALTHCARE),
        ("Pharmaceuticals", Platform.HEALTHCARE),
        ("Pharma", Platform.HEALTHCARE),
        ("Medical Devices", Platform.HEALTHCARE),
        ("Software", Platform.TECH),
        ("SaaS", Platform.TECH),
        ("Information Technology", Platform.TECH),
        ("Information Technology & Services", Platform.TECH),
        ("IT Services", Platform.TECH),
        ("IT", Platform.TECH),
        ("Internet", Platform.TECH),
        ("Cyber-Security", Platform.TECH),
        ("COMPUTER SOFTWARE", Platform.TECH),
        ("Advertising", Platform.MARKETING),
        ("Marketing & Advertising", Platform.MARKETING),
        ("Marketing Technology", Platform.MARKETING),
        ("Public Relations and Communications", Platform.MARKETING),
        ("  technology ", Platform.TECH),
    ],
)
def test_b30_aliases_go_where_a_person_would_expect(industry: str, platform: Platform) -> None:
    assert choose_platform(industry) is platform


@pytest.mark.parametrize(
    "industry",
    [
        "Biotechnology",
        "Nanotechnology",
        "Hospitality",
        "Manufacturing",
        "Construction",
        "Market Research",
        "Real Estate",
        "Utilities",
        "Security and Investigations",
        "Retailoring",
        "",
        "   ",
        "…",
        None,
    ],
)
def test_b30_anything_else_is_general_and_no_part_of_a_word_counts(industry: str | None) -> None:
    assert choose_platform(industry) is Platform.GENERAL


@pytest.mark.parametrize(
    "industry",
    [
        "Health Insurance",
        "Healthcare Marketing",
        "Healthcare Software",
        "Medical Retail",
        "Digital Health",
        "Pharmaceutical Technology",
        "Hospital IT Services",
    ],
)
def test_healthcare_never_falls_through_to_another_platform(industry: str) -> None:
    assert choose_platform(industry) is Platform.HEALTHCARE


def test_full_width_letters_are_letters() -> None:
    assert (
        choose_platform("".join(chr(ord(letter) + 0xFEE0) for letter in "Software"))
        is Platform.TECH
    )
