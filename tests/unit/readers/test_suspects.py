"""The net over the lines of a CSV lets no odd line through, whatever it is made of."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingestion.readers import sound_lines, suspects
from pipelines.ingestion.readers.model import GridRow

TITLES = ["STT", "Mã hồ sơ", "Tên", "Ngày", "Số", "Ghi chú"]
PIECES = [
    *'",;\t1AaTcGgS([ đ2',
    '""',
    '","',
    ",,,",
    "Tổng",
    "cộng",
    "tô\u0309ng",
    "sub",
    "\u017fub",
    "grand",
    "(1)",
    "\u00a0",
    "\u3000",
    "\u1680",
    "\ufffd",
    "\x01",
    "\r",
    "x y",
    "STT,Mã hồ sơ",
    '"STT","Mã hồ sơ"',
]


def odd_lines(text: Path, delimiter: str, monkeypatch: pytest.MonkeyPatch, every: bool) -> pl.DataFrame:
    """The odd lines found among the suspects, or among all lines."""
    with monkeypatch.context() as patch:
        if every:
            patch.setattr(suspects.Net, "_starts_oddly", lambda _, __, ends: ends >= 0)
        found = sound_lines._sorted_out(text, 1, delimiter, len(TITLES), GridRow(1, TITLES))
    assert found is not None
    return found.odd


@pytest.mark.parametrize("block", [64, 1 << 19])
@pytest.mark.parametrize("seed", range(6))
def test_every_odd_line_is_a_suspect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, block: int
) -> None:
    monkeypatch.setattr(suspects, "BLOCK_BYTES", block)
    chance = random.Random(seed)
    delimiter = chance.choice([",", ";", "\t"])
    lines = [delimiter.join(TITLES)]
    for number in range(400):
        cells = [chance.choice(["", "x", "Tên", f"{number}", '"a, b"', " y"]) for _ in TITLES]
        line = delimiter.join(cells)
        for _ in range(chance.choice([0, 0, 1, 2])):
            place = chance.randrange(len(line) + 1) if chance.random() < 0.5 else 0
            line = line[:place] + chance.choice(PIECES) + line[place + chance.randrange(2) :]
        lines.append(line)
    path = tmp_path / "lines.csv"
    path.write_bytes(chance.choice(["\n", "\r\n"]).join(lines).encode())
    some = odd_lines(path, delimiter, monkeypatch, every=False)
    assert some.height > 20
    assert some.equals(odd_lines(path, delimiter, monkeypatch, every=True))
