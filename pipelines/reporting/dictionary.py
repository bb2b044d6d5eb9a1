"""The data dictionary: every published table, as an English and as a Vietnamese page.

Here: layout and the words around it.
Not here: what tables and columns mean (`dictionary_tables.py`).
Explained in docs/data-team.md, "The data dictionary".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import Refusal
from pipelines.reporting.dictionary_tables import (
    LAYERS,
    SENTENCE_END,
    Table,
    Words,
    complaints,
    tables,
    told_apart,
)
from pipelines.settings import Settings
from pipelines.warehouse.dbt import ensure_manifest

ENGLISH_PAGE = "data-dictionary.md"
VIETNAMESE_PAGE = "tu-dien-du-lieu.md"


@dataclass(frozen=True)
class Wording:
    """The words of a page around the tables."""

    opening: str
    layers: dict[str, str]
    listed: str
    columns: str
    key: str
    example: str


ENGLISH = Wording(
    opening=f"""# Data dictionary

Every table of the published build: what it is, what one row of it is, its key, its columns, and for facts
and marts a query to begin with. `dunghen dictionary` writes this page from the descriptions of the models:
do not edit it. In Vietnamese: [{VIETNAMESE_PAGE}]({VIETNAMESE_PAGE}). How to read and combine the tables:
[analyst.md](analyst.md); terms: [glossary.md](glossary.md).

The names say the unit: `_at` a local timestamp, `_date` a day, `_pct` 0 to 100, `_vnd` đồng, `_count` a
number of things, `is_` and `has_` true or false, `_code` a word of a list. In queries a `string` is
`varchar`.
""",
    layers={
        "core": "Dimensions and facts",
        "marts": "What people ask",
        "ops": "Deliveries and what was set aside",
        "quality": "Rules and flags",
        "reference": "Reference tables",
    },
    listed="| table | what it is |\n|---|---|",
    columns="| column | type | what it is | Vietnamese |\n|---|---|---|---|",
    key="Key",
    example="On the sample it may find nothing:",
)

VIETNAMESE = Wording(
    opening=f"""# Từ điển dữ liệu

Mọi bảng của bản phát hành, gồm nội dung, ý nghĩa của một dòng, khóa, các cột, và với bảng sự kiện (`fct_`)
và bảng kết quả (`mart_`) một truy vấn để bắt đầu. Trang này do lệnh `dunghen dictionary` viết ra, không sửa
bằng tay. Bản tiếng Anh, với mô tả đầy đủ của từng cột: [{ENGLISH_PAGE}]({ENGLISH_PAGE}). Thuật ngữ:
[glossary.md](glossary.md).

Tên cột cho biết đơn vị: `_at` là thời điểm theo giờ địa phương, `_date` là ngày, `_pct` là phần trăm từ 0
đến 100, `_vnd` là đồng, `_count` là số lượng, `is_` và `has_` là đúng hoặc sai, `_code` là mã. Kiểu dữ
liệu: `string` là chữ, `int` và `bigint` là số nguyên, `double` và `decimal` là số thập phân, `boolean` là
đúng hoặc sai, `date` là ngày, `timestamp` là thời điểm.
""",
    layers={
        "core": "Chiều và sự kiện",
        "marts": "Bảng kết quả",
        "ops": "Tệp gửi đến và dòng bị loại",
        "quality": "Quy tắc và cờ cảnh báo",
        "reference": "Bảng tham chiếu",
    },
    listed="| bảng | nội dung |\n|---|---|",
    columns="| cột | kiểu | ý nghĩa |\n|---|---|---|",
    key="Khóa",
    example="Trên dữ liệu mẫu, truy vấn này có thể không có dòng nào.",
)


def write_dictionary(settings: Settings, folder: Path) -> list[Path]:
    """Write both pages into a folder.

    Raises:
        Refusal: when a table or column has no words.
    """
    manifest = json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))
    words = Words.load(settings.dbt_project / "dictionary")
    found = tables(manifest, words)
    if said := complaints(found, words):
        raise Refusal("\n  ".join(["the dictionary is not whole → complete dbt_project/dictionary/", *said]))
    written = []
    for name, text in pages(found, words).items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def pages(found: Sequence[Table], words: Words) -> dict[str, str]:
    """Name and text of both pages."""
    return {
        ENGLISH_PAGE: "\n".join(_page(found, words, ENGLISH)),
        VIETNAMESE_PAGE: "\n".join(_page(found, words, VIETNAMESE)),
    }


def _page(found: Sequence[Table], words: Words, wording: Wording) -> Iterator[str]:
    yield wording.opening
    for layer in LAYERS:
        yield f"- [{_title(wording, layer)}](#{_anchor(_title(wording, layer))})"
    for layer in LAYERS:
        of_layer = [table for table in found if table.layer == layer]
        yield f"\n## {_title(wording, layer)}\n"
        yield wording.listed
        for table in of_layer:
            name, said = f"`{table.full_name}`", told_apart(_of(table, wording))[0]
            if layer != "reference":
                name, said = f"[{name}](#{table.anchor})", SENTENCE_END.split(said)[0]
            yield f"| {name} | {_cell(said)} |"
        if layer != "reference":
            for table in of_layer:
                yield from _section(table, words, wording)
    yield ""


def _section(table: Table, words: Words, wording: Wording) -> Iterator[str]:
    yield f"\n### `{table.full_name}`\n"
    said, grain = told_apart(_of(table, wording))
    yield said
    yield f"\n**{grain}** {wording.key}: {', '.join(f'`{name}`' for name in table.entry.key)}\n"
    yield wording.columns
    for column in table.columns:
        label = _cell(words.label(table, column))
        meaning = f"{_cell(column.description)} | {label}" if wording is ENGLISH else label
        yield f"| `{column.name}` | {column.data_type} | {meaning} |"
    if table.entry.example:
        if table.entry.may_be_empty:
            reason = f" {table.entry.may_be_empty}" if wording is ENGLISH else ""
            yield f"\n{wording.example}{reason}"
        yield f"\n```sql\n{table.entry.example.rstrip()}\n```"


def _of(table: Table, wording: Wording) -> str:
    return table.description if wording is ENGLISH else table.entry.vi


def _title(wording: Wording, layer: str) -> str:
    return f"{wording.layers[layer]} ({layer})"


def _anchor(title: str) -> str:
    return title.lower().replace("(", "").replace(")", "").replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
