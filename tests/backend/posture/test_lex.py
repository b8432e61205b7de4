"""What the lexer refuses before SQLite sees it."""

from __future__ import annotations

import pytest

from backend.posture.lex import SqlRefused, growth, tokens


def doubled(levels: int) -> str:
    sql = "(SELECT versioning AS v)"
    for _ in range(levels):
        sql = f"(SELECT v || v AS v FROM {sql})"
    return f"(SELECT length(v) FROM {sql}) > 0"


def test_a_column_that_would_be_written_out_without_end_is_refused() -> None:
    assert tokens(doubled(3))
    with pytest.raises(SqlRefused, match="written out too often"):
        tokens(doubled(20))


def test_the_same_in_common_table_expressions_is_refused() -> None:
    parts = ["t0 AS (SELECT versioning AS v FROM aws_s3_bucket)"]
    parts += [f"t{n} AS (SELECT v || v || v || v AS v FROM t{n - 1})" for n in range(1, 15)]
    with pytest.raises(SqlRefused, match="written out too often"):
        tokens(f"WITH {', '.join(parts)} SELECT length(v) FROM t14")


def test_plain_subqueries_do_not_grow() -> None:
    plain = "NOT EXISTS (SELECT 1 FROM aws_s3_bucket b WHERE b.name = name AND b.name <> 'x' AND b.name IS NOT NULL)"
    assert growth(tokens(plain)) == 1
