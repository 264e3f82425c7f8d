import pytest

from discovery.adapters.catalogue import read_filters
from discovery.domain.search import Filters, Range, search_parameters


def test_b03_a_search_has_topic_limit_and_every_filter() -> None:
    filters = read_filters(
        {
            "location": {"country": "United States", "state": "California", "city": "Oakland"},
            "company_size": {"min": 50, "max": 500},
            "revenue": {"min": 1_000_000, "max": 2_500_000.5},
            "industry": ["Technology", "Finance"],
        }
    )

    assert search_parameters("AI automation tools", filters) == [
        ("topic", "AI automation tools"),
        ("limit", "50"),
        ("country", "United States"),
        ("state", "California"),
        ("city", "Oakland"),
        ("min_employees", "50"),
        ("max_employees", "500"),
        ("min_revenue", "1000000"),
        ("max_revenue", "2500000.5"),
        ("industry", "Technology"),
        ("industry", "Finance"),
    ]


def test_b03_zero_is_sent_and_nothing_is_not() -> None:
    filters = Filters(country="", employees=Range(min=0), revenue=Range(min=0.0, max=0))

    assert search_parameters("AI", filters) == [
        ("topic", "AI"),
        ("limit", "50"),
        ("min_employees", "0"),
        ("min_revenue", "0"),
        ("max_revenue", "0"),
    ]


@pytest.mark.parametrize("stored", [{}, {"location": {}, "industry": []}, {"company_size": None}])
def test_filters_that_are_left_out_are_none(stored: dict[str, object]) -> None:
    assert read_filters(stored) == Filters()
