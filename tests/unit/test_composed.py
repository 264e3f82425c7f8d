"""Several statements as one."""

import pytest

from leadstream.postgres.composed import Part, compose, unfold

WITH = """
-- With a parenthesis ( and a quote ' in its comment.
WITH one AS MATERIALIZED (
    SELECT ')' AS text, (SELECT $1::integer) AS number
), two AS (INSERT INTO t SELECT $2::text FROM one RETURNING id), row_3 AS (
    UPDATE t SET x = 3 WHERE y = 'a)'
)
SELECT id FROM two;
"""


EXPECTED = """
WITH part_0 AS MATERIALIZED ( SELECT $1, $2, $1 ),
one AS MATERIALIZED ( SELECT ')' AS text, (SELECT $3::integer) AS number ),
two AS (INSERT INTO t SELECT $4::text FROM one RETURNING id),
row_3 AS ( UPDATE t SET x = 3 WHERE y = 'a)' RETURNING 1),
part_1 AS MATERIALIZED ( SELECT id FROM two ),
part_2 AS MATERIALIZED ( DELETE FROM t WHERE x = $5 RETURNING 1)
SELECT (SELECT count(*) FROM part_0),
       (SELECT array_agg(id) FROM part_1),
       (SELECT count(*) FROM part_1) + (SELECT count(*) FROM row_3) + (SELECT count(*) FROM two),
       (SELECT count(*) FROM part_2)
"""


def test_parameters_are_counted_on_and_clauses_come_first() -> None:
    text = compose(
        (Part("SELECT $1, $2, $1"), Part(WITH, ("id",)), Part("DELETE FROM t WHERE x = $1"))
    )

    assert text.split() == EXPECTED.split()


def test_two_that_give_something_the_same_name_are_refused() -> None:
    with pytest.raises(RuntimeError, match="something named one"):
        compose((Part(WITH), Part("SELECT 1"), Part(WITH)))


def test_what_each_has_returned_is_told_apart() -> None:
    parts = [Part("a", ("x", "y")), Part("b"), Part("c", ("z",)), Part("d", ("x",))]

    assert unfold(parts, ([1, 2], ["p", None], 2, 7, None, 0, [3], 1)) == [
        [{"x": 1, "y": "p"}, {"x": 2, "y": None}],
        [],
        [],
        [{"x": 3}],
    ]
