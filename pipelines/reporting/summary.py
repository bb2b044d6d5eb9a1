"""The page a terminal shows after a refresh.

Here: a few tables over the published build, short enough for one screen.
Not here: the queries (`summary.sql`).
Explained in README.md, "Two commands".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

from pipelines.settings import Settings

# Below this many judged dossiers a rate says more about chance than about an agency.
MINIMUM_JUDGED = 100
MOST_AGENCIES = 8
MOST_KINDS = 10
MOST_REFUSED = 10
WIDTH = 100
MOST_LETTERS_WIDE, MOST_LETTERS_NARROW = 44, 28
NEXT_STEPS = """
[bold]Try next[/]
  make ui                              steps, checks and runs in the Dagster UI
  .venv/bin/dunghen bridge{register}
                                       why the portals' rate is not the index's
  .venv/bin/dunghen query "select name_vi from core.dim_on_time_definition"
  .venv/bin/dunghen check-source FILE  what would become of your portal's export
  docs/analyst.md                      what the tables mean, queries to copy"""


def print_summary(settings: Settings, seconds: float | None = None, console: Console | None = None) -> None:
    """Print what the published build holds, and what to try next."""
    console = console or Console(width=min(WIDTH, Console().width), highlight=False)
    database = settings.published / "analytics.duckdb"
    if not database.exists():
        console.print("Nothing is published yet → run `make refresh`.")
        return
    queries = _queries()
    wide = console.width >= WIDTH
    most = MOST_LETTERS_WIDE if wide else MOST_LETTERS_NARROW
    with duckdb.connect(str(database), read_only=True) as con:
        [(build_id,)] = con.execute("select build_id from build_info").fetchall()
        console.print(_files(con.execute(queries["files"]).fetchall()))
        _print_refused(console, con.execute(queries["refused_files"]).fetchall())
        console.print(_systems(con.execute(queries["systems"]).fetchall(), most))
        agencies = con.execute(
            queries["agencies"], {"minimum": MINIMUM_JUDGED, "most": MOST_AGENCIES}
        ).fetchall()
        console.print(_agencies(agencies, most))
        registers = [name for (name,) in con.execute(queries["registers"]).fetchall()]
        flags = con.execute(queries["flags"]).fetchall()
        of_register = f"#of {registers[0]}" if len(registers) == 1 else "#of a register"
        console.print(_flags(flags, of_register, with_titles=wide))
    took = f" in {seconds:.0f} s" if seconds is not None else ""
    console.print(f"[bold]Published[/] build {build_id}{took}\n{database}", soft_wrap=True)
    register = f" --register {registers[0]}" if len(registers) == 1 else ""
    console.print(NEXT_STEPS.format(register=register), soft_wrap=True)


def _queries() -> Mapping[str, str]:
    text = Path(__file__).with_name("summary.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _table(title: str, *columns: str) -> Table:
    """A narrow terminal breaks words into more lines; it never shortens a number."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for name in columns:
        is_number = name.startswith("#")
        justify: JustifyMethod = "right" if is_number else "left"
        table.add_column(name.lstrip("#"), justify=justify, no_wrap=is_number, overflow="fold")
    return table


def _add(table: Table, *cells: Any) -> None:
    table.add_row(*(f"{c:,}" if isinstance(c, int) else escape(str(c)) for c in cells))


def _cut(text: str, most: int) -> str:
    """Shorten a long name in its middle: what tells two offices apart often stands at the end."""
    return text if len(text) <= most else f"{text[: most // 2 - 1]}…{text[-most // 2 :]}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _files(rows: Sequence[tuple[Any, ...]]) -> Table:
    table = _table(
        "Delivered", "kind", "#files", "#refused", "#rows", "#accepted", "#quarantined", "#repeated"
    )
    shown, others = rows[:MOST_KINDS], rows[MOST_KINDS:]
    for row in shown:
        _add(table, row[0] or "(no kind)", *(int(c or 0) for c in row[1:]))
    if others:
        _add(table, f"{len(others)} other kinds", *_sums(others))
    if rows:
        table.add_section()
        _add(table, "all", *_sums(rows))
    return table


def _sums(rows: Sequence[tuple[Any, ...]]) -> list[int]:
    return [sum(int(row[i] or 0) for row in rows) for i in range(1, 7)]


def _print_refused(console: Console, rows: Sequence[tuple[Any, ...]]) -> None:
    for path, reason, remedy in rows[:MOST_REFUSED]:
        console.print(f"[red]refused[/] {escape(path)}: {reason}. {escape(remedy)}")
    if len(rows) > MOST_REFUSED:
        console.print(f"… and {len(rows) - MOST_REFUSED} more in ops.ingestion_ledger")


def _systems(rows: Sequence[tuple[Any, ...]], most: int) -> Table:
    table = _table(
        "Dossiers, strictly judged (open past due is late)",
        "system",
        "#dossiers",
        "#judged",
        "#late",
        "#rate",
        "#known up to",
    )
    for _, name, dossiers, late, judged, cut in rows:
        _add(table, _cut(name, most), dossiers, judged, late, _percent(late, judged), f"{cut:%Y-%m-%d}")
    return table


def _agencies(rows: Sequence[tuple[Any, ...]], most: int) -> Table:
    title = f"Strictly late, by agency of a register ({MINIMUM_JUDGED}+ judged)"
    table = _table(title, "agency", "#judged", "#late", "#still open", "#rate")
    for name, judged, late, still_open in rows:
        _add(table, _cut(name, most), judged, late, still_open, _percent(late, judged))
    return table


def _flags(rows: Sequence[tuple[Any, ...]], of_register: str, with_titles: bool) -> Table:
    """Rules by what is wrong, the most records first; beside all records those of the register's agencies."""
    columns = ["about", "rule", *(["what it says"] if with_titles else []), "#records", of_register]
    table = _table("Flags raised", *columns)
    before = None
    for group, rule, title, count, own in rows:
        about = "" if group == before else group.replace("_", " ")
        _add(table, about, rule, *([title] if with_titles else []), count, own)
        before = group
    return table
