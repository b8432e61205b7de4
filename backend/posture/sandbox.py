"""Where rule SQL runs: a private database that holds copies of one scan's resource rows and nothing else.

The workspace is attached only while rows are copied and detached before any rule text is prepared, so a rule can
reach no other table whatever the authorizer lets through. On top of that come the authorizer (SELECT and READ and
listed functions only), SQLite's own limits, and a deadline for each statement. The process around it has a memory
limit (`evaluate_worker`): the authorizer is a start, not a sandbox.

To tell what a rule reads of its own row from what it reads of other rows of the same table, rules are compiled against
an *own row*: an empty twin of the table under a name that no rule can spell.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from backend.inventory import catalog
from backend.inventory.table import BOOKKEEPING, COMMON, ResourceTable
from backend.posture.functions.registry import FUNCTIONS, register
from backend.posture.row_functions import ROW_FUNCTIONS, CauseBook, register_row_functions
from backend.posture.text_functions import register_text_functions

STATEMENT_SECONDS = 20.0  # of processor time: a rule must not fail because the machine is busy
MAX_VALUE_BYTES = 8_000_000  # longest text or blob a rule may make

# SQLite's own functions a rule may call: none that can build a large string out of nothing (printf, replace,
# zeroblob, hex, quote, char …), none with side effects.
BUILT_IN = frozenset(
    """abs avg coalesce count glob group_concat ifnull iif instr json json_array json_array_length json_each
    json_extract json_group_array json_object json_tree json_type json_valid length like likely lower ltrim max min
    nullif round rtrim sign substr substring sum total trim typeof unlikely upper -> ->>""".split()
)

Read = tuple[str, str]
"""(table, column); column '' when only the rows themselves are counted."""

OWN = "own row"
"""As a table in reads: the row a rule judges."""

OWN_KEY = '"the row"'
"""SQL for the key of the row a rule judges, as its statement calls it; no rule can spell it, and no table has it."""

MOST_CAUSES = 20


class Sandbox:
    """A database of resource tables for one scan. Not thread-safe."""

    def __init__(self, now: int) -> None:
        self.now = now
        # "" is a private database on disk: only what exceeds its cache is spilled, so memory stays bounded.
        self.conn = sqlite3.connect("", isolation_level=None, cached_statements=0, uri=True)
        self.conn.execute("PRAGMA cache_size = -65536")
        self.conn.execute("PRAGMA journal_mode = OFF")
        self.conn.execute("PRAGMA synchronous = OFF")
        self.causes: dict[str, None] = {}
        self.row_causes = CauseBook()
        register(self.conn, now, self._cause)
        register_row_functions(self.conn, now, self.row_causes)
        register_text_functions(self.conn)
        # SQLite declares these two tables at their first use, which the authorizer would take for a rule's writing.
        self.conn.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
        self._reads: set[Read] = set()
        self._refused: list[str] = []
        self._own: set[str] = set()
        self._trusted = False
        self._deadline = 0.0
        self.tables: set[str] = set()

    def close(self) -> None:
        """Let go of the database."""
        self.conn.close()

    def copy_scan(self, workspace: str, scan: int, account: str, wanted: Mapping[str, set[str]]) -> None:
        """Copy the rows of a scan: for each table the wanted columns. `workspace` is a read-only URI."""
        self.conn.execute("ATTACH DATABASE ? AS workspace", (workspace,))
        try:
            for name, columns in wanted.items():
                table = catalog.tables()[name]
                present = {row[1] for row in self.conn.execute(f"PRAGMA workspace.table_info({name})")}
                self._create(table, columns)
                if not present:
                    continue
                kept = [one for one, _, _ in COMMON]
                kept += [one for one in sorted(columns) if one in present and one not in kept]
                self.conn.execute(
                    f"INSERT INTO {name} ({','.join(kept)}) SELECT {','.join(kept)} FROM workspace.{name} "
                    # In one order, however the scan's threads came in: else each scan's evidence lists things anew.
                    "WHERE account = ? AND first_scan <= ? AND last_scan >= ? ORDER BY region, uid",
                    (account, scan, scan),
                )
        finally:
            self.conn.execute("DETACH DATABASE workspace")

    def fill(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put rows in by hand (rule tests, live preview). Unknown columns raise `KeyError`, wrong types `TypeError`."""
        table = catalog.tables()[name]
        if name not in self.tables:
            self._create(table, {column.name for column in table.columns})
        for row in rows:
            checked = {key: table.by_name[key].check(value) for key, value in row.items()}
            self.conn.execute(
                f"INSERT INTO {name} ({','.join(checked)}) VALUES ({','.join('?' * len(checked))})",
                list(checked.values()),
            )

    def index(self, name: str, column: str) -> None:
        """An index for the subqueries that look rows up by this column."""
        self.conn.execute(f"CREATE INDEX IF NOT EXISTS {name}__{column} ON {name} ({column})")

    def _create(self, table: ResourceTable, columns: set[str]) -> None:
        names = [name for name, _, _ in COMMON]
        kept = [f"{name} TEXT" for name in names]
        kept += [f"{one.name} {one.type.sql}" for one in table.columns if one.name in columns]
        self.conn.execute(f"CREATE TABLE {table.name} (row_id INTEGER PRIMARY KEY, {', '.join(kept)}) STRICT")
        self.tables.add(table.name)

    def own_row(self, table: ResourceTable) -> str:
        """Name, in quotes, of the twin that stands for the row a rule judges: for `reads_of` only, it has no rows."""
        name = f"{OWN} {table.name}"
        if name not in self._own:
            columns = [f"{one} TEXT" for one, _, _ in COMMON]
            columns += [f"{one.name} {one.type.sql}" for one in table.columns]
            self.conn.execute(f'CREATE TABLE "{name}" (row_id INTEGER PRIMARY KEY, {", ".join(columns)})')
            self._own.add(name)
        return f'"{name}"'

    def _cause(self, cause: str) -> None:
        if len(self.causes) < MOST_CAUSES:
            self.causes[cause] = None

    def reads_of(self, statement: str) -> set[Read]:
        """Every (table, column) a statement reads, through views and subqueries alike; `OWN` for the own row.

        Raises:
            sqlite3.Error: the statement is wrong, or does what a rule may not do.
        """
        self._reads, self._refused = set(), []
        with self._guarded():
            try:
                self.conn.execute("EXPLAIN " + statement).fetchall()
            except sqlite3.DatabaseError as error:
                if self._refused:
                    raise sqlite3.OperationalError(f"a rule may not {self._refused[0]}") from error
                raise
        return self._reads

    def rows(
        self, statement: str, seconds: float = STATEMENT_SECONDS, parameters: tuple[int, ...] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Run a SELECT whose parts `reads_of` has vetted, under guard, row by row.

        Raises:
            sqlite3.Error: also when it takes longer than `seconds` ("interrupted") or builds too large a value.
        """
        self._trusted = True
        try:
            with self._guarded(seconds):
                for row in self.conn.execute(statement, parameters):
                    paused = time.process_time()
                    yield row
                    # What our caller does with a row is not the rule's time.
                    self._deadline += time.process_time() - paused
        finally:
            self._trusted = False

    def vet(self, statement: str, parameters: tuple[int, ...] = ()) -> None:
        """Refuse, as `sqlite3.Error`, a statement made of vetted parts that cannot be run as a whole."""
        for _ in self.rows("EXPLAIN " + statement, parameters=parameters):
            pass

    def row_after(self, table: str, row: int) -> tuple[Any, ...] | None:
        """(row_id, uid, account, region, name) of the first row behind `row`, with no rule in between."""
        query = f"SELECT row_id, uid, account, region, name FROM {table} WHERE row_id > ? ORDER BY row_id LIMIT 1"
        found: tuple[Any, ...] | None = self.conn.execute(query, (row,)).fetchone()
        return found

    @contextmanager
    def _guarded(self, seconds: float = STATEMENT_SECONDS) -> Iterator[None]:
        self._deadline = time.process_time() + seconds
        # The authorizer is set anew for each statement, and no statement is cached: a cached one reports no reads.
        self.conn.set_authorizer(self._authorize)
        self.conn.set_progress_handler(lambda: time.process_time() > self._deadline, 10_000)
        limits = {
            sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE_BYTES,
            sqlite3.SQLITE_LIMIT_ATTACHED: 0,
            sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
            sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
            sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
            sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
        }
        before = {category: self.conn.setlimit(category, limit) for category, limit in limits.items()}
        try:
            yield
        finally:
            for category, limit in before.items():
                self.conn.setlimit(category, limit)
            self.conn.set_progress_handler(None, 0)
            self.conn.set_authorizer(None)

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK if action == sqlite3.SQLITE_SELECT else self._refuse("recurse")
        if action == sqlite3.SQLITE_READ:
            table, column = first or "", second or ""
            if table in self.tables or table in self._own:
                if column in BOOKKEEPING and not (self._trusted and column == "row_id"):
                    return self._refuse(f"read {table.removeprefix(OWN).strip()}.{column}")
                self._reads.add((OWN if table in self._own else table, column))
                return sqlite3.SQLITE_OK
            if table in ("json_each", "json_tree"):
                return sqlite3.SQLITE_OK
            return self._refuse(f"read {table or 'that table'}")
        if action == sqlite3.SQLITE_FUNCTION:
            name = (second or "").lower()
            if name in BUILT_IN or name in FUNCTIONS or name in ROW_FUNCTIONS:
                return sqlite3.SQLITE_OK
            return self._refuse(f"call {name}()")
        return self._refuse("write, attach or change settings")

    def _refuse(self, what: str) -> int:
        self._refused.append(what)
        return sqlite3.SQLITE_DENY


def empty(now: int, wanted: Iterable[str] | None = None) -> Sandbox:
    """A sandbox with empty tables of every declared type (or of the wanted ones), all columns: to compile rules."""
    sandbox = Sandbox(now)
    for name in wanted if wanted is not None else catalog.tables():
        sandbox.fill(name, ())
    return sandbox
