"""What reading other formats costs: `.venv/bin/python -m tests.bench.formats [ROWS]`.

Here: a register of 25 columns as workbook, page and JSON; the library's own bare reading of all cells, and
`read_table`, each the median of some runs; seconds, and ratios, which say more than seconds do elsewhere.
Not here: CSV (`ingest.py`); whether the cells are right, as tests/unit/readers say.
Explained in docs/decisions/0008-one-pass-from-text-to-rows.md.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import fastexcel
import ijson
from lxml import etree

from pipelines.contracts import load_catalogue
from pipelines.ingestion.readers import read_table
from pipelines.settings import Settings
from tests.bench.files import write_json, write_json_lines, write_page, write_workbook

REPEATS = 3


def bare_workbook(path: Path) -> None:
    """Every cell as text, by calamine."""
    book = fastexcel.read_excel(path.read_bytes())
    book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()


def bare_page(path: Path) -> None:
    """Every cell's text, by libxml2."""
    rows = etree.parse(str(path), etree.HTMLParser(encoding="utf-8", huge_tree=True)).iter("tr")
    for row in rows:
        [cell.text for cell in row]


def bare_json(path: Path) -> None:
    """Every object, streamed by ijson."""
    with path.open("rb") as file:
        for _ in ijson.items(file, "item"):
            pass


def bare_json_lines(path: Path) -> None:
    """Every object, by the standard library."""
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


Write = Callable[[Path, int], None]
Read = Callable[[Path], None]
FORMATS: dict[str, tuple[Write, Read]] = {
    "xlsx": (write_workbook, bare_workbook),
    "html": (write_page, bare_page),
    "json": (write_json, bare_json),
    "json lines": (write_json_lines, bare_json_lines),
}


def seconds(read: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    read()
    return time.perf_counter() - start


def main(rows: int) -> None:
    """Print seconds and ratios."""
    sources = load_catalogue(Settings.load().contracts).sources_of("dossiers")
    headers = sorted({header for source in sources for header in source.known_headers()})
    print(f"{'format':<12}{'rows':>10}{'bare':>8}{'read':>8}{'ratio':>8}{'rows per second':>18}")
    for name, (write, bare) in FORMATS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "delivery")
            write(path, rows)
            pairs = []
            for _ in range(REPEATS):
                with tempfile.TemporaryDirectory(dir=folder) as work:
                    own = seconds(lambda: bare(path))  # noqa: B023
                    pairs.append((own, seconds(lambda: read_table(path, headers, Path(work), headers))))  # noqa: B023
        own, read = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
        ratio = statistics.median(read / own for own, read in pairs)
        print(f"{name:<12}{rows:>10,}{own:>8.2f}{read:>8.2f}{ratio:>8.2f}{rows / read:>18,.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
