"""Results on standard output: a table for people, JSON or CSV for programs.

Text from outside is hostile: in tables control and direction characters are shown as codes, in CSV a cell that a
spreadsheet would take for a formula is quoted with an apostrophe.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import IO, Any

from backend.reads.visible import visible

FORMATS = ("table", "json", "csv")
SEVERITY_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}
STATUS_STYLES = {"fail": "red", "pass": "green", "unknown": "magenta"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def emit(
    format: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    empty: str = "Nothing found.",
    stream: IO[str] | None = None,
) -> None:
    """Print `rows`; a table shows `columns` only, JSON and CSV have every key, in the order of the first row."""
    out = stream or sys.stdout
    if format == "json":
        dump(list(rows), stream=out)
    elif format == "csv":
        write_csv(rows, out)
    elif rows:
        table([(name.replace("_", " "), name) for name in columns], rows, out)
    else:
        print(empty, file=sys.stderr)


def dump(value: Any, *, stream: IO[str] | None = None) -> None:
    """JSON, indented, in ASCII: no terminal is led astray by what is in it."""
    json.dump(plain(value), stream or sys.stdout, indent=2, default=str)
    print(file=stream or sys.stdout)


def plain(value: Any) -> Any:
    """Dataclasses, mappings and tuples as JSON knows them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(getattr(value, key)) for key in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def write_csv(rows: Sequence[Mapping[str, Any]], out: IO[str]) -> None:
    """CSV with a header; cells that are lists or objects hold JSON."""
    if not rows:
        return
    writer = csv.writer(out, lineterminator="\n")
    names = list(rows[0])
    writer.writerow(names)
    for row in rows:
        cells = [cell(row[name]) for name in names]
        # On a terminal nothing may move the cursor; in a file the text is as it was found.
        writer.writerow([visible(text) for text in cells] if out.isatty() else cells)


def cell(value: Any) -> str:
    """A CSV cell no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
    return "'" + text if text.startswith(_FORMULA) else text


def table(columns: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, Any]], out: IO[str] | None = None) -> None:
    """A table as wide as the terminal; in a pipe one line for each row, columns by tabs."""
    stream = out or sys.stdout
    if not stream.isatty():
        print("\t".join(title for title, _ in columns), file=stream)
        for row in rows:
            print("\t".join(_shown(row.get(key)) for _, key in columns), file=stream)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for title, _ in columns:
        drawn.add_column(title, overflow="fold")
    for row in rows:
        cells = []
        for _, key in columns:
            text = _shown(row.get(key))
            styles = {"severity": SEVERITY_STYLES, "status": STATUS_STYLES, "state": {}}.get(key, {})
            cells.append(Text(text, style=styles.get(text, "")))  # Text: no markup is read from it
        drawn.add_row(*cells)
    Console(file=stream).print(drawn)


def say(text: str) -> None:
    """A line for a person, on standard error: standard output stays for results."""
    print(visible(text, keep="\n"), file=sys.stderr)


def moment(seconds: int | None) -> str:
    """An ISO timestamp, UTC; '' for None."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, Mapping):
        return json.dumps(plain(value))
    return visible(asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value))  # type: ignore[arg-type]
