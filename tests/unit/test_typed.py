"""What becomes of delivered text: one canonical value, or a reason, never a guess."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from unicodedata import normalize

import polars as pl
import pytest

from pipelines.contracts import load_catalogue
from pipelines.contracts.models import FromFileName, Kind, ObservedAt, Source, SourceSystem
from pipelines.ingestion.pseudonyms import KeyProblem, Pseudonymiser, load_pseudonymiser
from pipelines.ingestion.typed import REASONS, Typing, lake_schema, refusals
from pipelines.settings import PROJECT_ROOT
from pipelines.text import fold

KEY = Pseudonymiser(b"a key for tests, nothing else..!")
SYSTEM = SourceSystem(code="test", name="Test", time_zone="Asia/Ho_Chi_Minh", plausible_from=date(2023, 1, 1))
KIND = Kind.model_validate(
    {
        "kind": "things",
        "title": "t",
        "description": "d",
        "key": ["code"],
        "columns": {
            "code": {"type": "string", "label": "l", "description": "d", "required": "hard"},
            "due_at": {"type": "timestamp", "label": "l", "description": "d", "time_flag": "has_due_time"},
            "score": {"type": "int", "label": "l", "description": "d", "minimum": 0, "maximum": 20000},
            "is_online": {"type": "boolean", "label": "l", "description": "d"},
            "status_code": {
                "type": "string",
                "label": "l",
                "description": "d",
                "vocabulary": ["open", "done"],
            },
            "agency_name": {
                "type": "string",
                "label": "l",
                "description": "d",
                "name_key": "agency_name_key",
            },
            "phone": {"type": "string", "label": "l", "description": "d", "privacy": "pseudonym"},
            "person": {"type": "string", "label": "l", "description": "d", "privacy": "drop"},
        },
    }
)
SOURCE = Source.model_validate(
    {
        "source": "test",
        "kind": "things",
        "title": "t",
        "system": "test",
        "recognise": {"headers": ["code"]},
        "observed_at": {"latest_of": ["due_at"]},
        "columns": {name: name for name in KIND.columns},
        "dates": [
            "%d/%m/%Y %H:%M:%S",
            "%H:%M, %d/%m/%Y",
            "%d/%m/%Y",
            "%Y-%m-%dT%H:%M:%S%.f%z",
            "%Y%m%d%H%M%S",
        ],
    }
)
NAMED = ObservedAt(file_name="([0-9]+)", format="%Y")
WORDS = {"status_code": {fold("Đang xử lý"): "open"}, "is_online": {fold("Có"): True, fold("Không"): False}}


def typed(**cells: str | None) -> dict[str, object]:
    """The one typed row that a row of text becomes."""
    row = dict.fromkeys(KIND.columns) | {"code": "A-1"} | cells
    frame = pl.LazyFrame(
        {"row_number": [2], **{k: [v] for k, v in row.items()}},
        schema_overrides=dict.fromkeys(KIND.columns, pl.String),
    )
    headers = {fold(name): name for name in KIND.columns}
    typing = Typing(KIND, SOURCE, SYSTEM, headers, "", WORDS, KEY)
    [result] = typing.apply(frame).collect().to_dicts()
    return result


@pytest.mark.parametrize(
    ("text", "moment", "has_time"),
    [
        ("05/03/2025 16:45:10", datetime(2025, 3, 5, 16, 45, 10), True),
        ("16:45, 05/03/2025", datetime(2025, 3, 5, 16, 45), True),
        ("05/03/2025", datetime(2025, 3, 5), False),
        ("5/3/2025", datetime(2025, 3, 5), False),
        ("2025-03-05 16:45:10", datetime(2025, 3, 5, 16, 45, 10), True),
        ("20250305164510", datetime(2025, 3, 5, 16, 45, 10), True),
        ("1994-10-23T17:00:00.000+0000", datetime(1994, 10, 24), True),
        ("2025-03-05T09:45:10.250+0000", datetime(2025, 3, 5, 16, 45, 10, 250_000), True),
    ],
)
def test_every_date_format_seen_in_exports_is_read(text: str, moment: datetime, has_time: bool) -> None:
    row = typed(due_at=text)
    assert (row["due_at"], row["has_due_time"]) == (moment, has_time)


@pytest.mark.parametrize(
    "text", ["32/01/2025", "29/02/2025", "05-03-2025", "45671.70", "hôm nay", "05/03/2025 25:00:00"]
)
def test_an_untypable_moment_gives_a_reason_and_no_guess(text: str) -> None:
    row = typed(due_at=text)
    assert row["due_at"] is None
    assert row[REASONS] == ["bad_timestamp|due_at"]


def test_a_date_before_the_plausible_first_day_gives_a_reason() -> None:
    assert typed(due_at="31/12/2022 23:59:59")[REASONS] == ["date_out_of_range|due_at"]
    assert typed(due_at="01/01/2023")[REASONS] == []


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("1.234", 1234), ("12.345", 12345), ("0", 0)])
def test_text_numbers_are_read_with_dots_between_thousands(text: str, number: int) -> None:
    assert typed(score=text)["score"] == number


@pytest.mark.parametrize("text", ["1.234.5", "1,5", "12.34", "x", "1 2"])
def test_a_malformed_number_gives_a_reason(text: str) -> None:
    assert typed(score=text)[REASONS] == ["bad_number|score"]


def with_marks(text: str, name: str, column: dict[str, str], mark: str) -> tuple[object, list[str]]:
    """The value and the reasons of one cell of a source with this mark between thousands."""
    described = {name: column | {"label": "l", "description": "d"}}
    kind = Kind.model_validate(
        {"kind": "k", "title": "t", "description": "d", "key": [], "columns": described}
    )
    source = SOURCE.model_copy(update={"columns": {name: name}, "thousands_mark": mark})
    frame = pl.LazyFrame({"row_number": [1], name: [text]})
    [row] = Typing(kind, source, SYSTEM, {name: name}, "", {}, KEY).apply(frame).collect().to_dicts()
    return row[name], row[REASONS]


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,234,567", ",", 1_234_567),
        ("1234", ",", 1_234),
        ("1.234", ".", 1_234),
        ("1.234", ",", None),
        ("1,234", ".", None),
        ("1.234.5", ",", None),
        ("1,234.50", ",", None),
        ("12,34", ",", None),
    ],
)
def test_the_mark_between_thousands_is_that_of_the_source(text: str, mark: str, value: int | None) -> None:
    found = with_marks(text, "total_vnd", {"type": "int"}, mark)
    assert found == (value, [] if value is not None else ["bad_number|total_vnd"])


def test_only_a_percentage_may_carry_its_sign() -> None:
    assert with_marks("98.5%", "share_pct", {"type": "decimal"}, ".") == (Decimal("98.50"), [])
    assert with_marks("98 %", "share_pct", {"type": "decimal"}, ".") == (Decimal(98), [])
    assert with_marks("9%8", "share_pct", {"type": "decimal"}, ".") == (None, ["bad_number|share_pct"])
    assert with_marks("98.5%", "share", {"type": "decimal"}, ".") == (None, ["bad_number|share"])


def decimal(text: str | None, mark: str = ".", decimals: int = 2) -> tuple[Decimal | None, list[str]]:
    """The value and the reasons of one cell of a decimal column."""
    column = {"type": "decimal", "label": "l", "description": "d", "decimals": decimals}
    kind = Kind.model_validate(
        {"kind": "k", "title": "t", "description": "d", "key": [], "columns": {"score": column}}
    )
    source = SOURCE.model_copy(update={"columns": {"score": "score"}, "decimal_mark": mark})
    frame = pl.LazyFrame({"row_number": [2], "score": [text]}, schema_overrides={"score": pl.String})
    typing = Typing(
        kind, source.model_copy(update={"observed_at": NAMED}), SYSTEM, {"score": "score"}, "", {}, KEY
    )
    [row] = typing.apply(frame).collect().to_dicts()
    return row["score"], row[REASONS]


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("19.05", ".", "19.05"),
        ("10", ".", "10.00"),
        ("0.1", ".", "0.10"),
        ("-3.5", ".", "-3.50"),
        ("17,44", ",", "17.44"),
    ],
)
def test_decimals_are_exact(text: str, mark: str, value: str) -> None:
    assert decimal(text, mark) == (Decimal(value), [])


@pytest.mark.parametrize("text", ["17,44", "1.234.5", "1e3", "98.5%", "19.055", "NaN", "inf", "."])
def test_a_decimal_that_would_have_to_be_guessed_or_rounded_gives_a_reason(text: str) -> None:
    assert decimal(text) == (None, ["bad_number|score"])


def test_a_missing_decimal_stays_missing_and_no_decimals_mean_whole_numbers() -> None:
    assert decimal(None) == (None, [])
    assert decimal("12", decimals=0) == (Decimal(12), [])
    assert decimal("12.0", decimals=0) == (None, ["bad_number|score"])


def test_a_column_can_stand_in_the_file_name() -> None:
    source = SOURCE.model_copy(update={"columns": {"code": FromFileName(file_name=r"_(\d+)_")}})
    kind = KIND.model_copy(update={"columns": {"code": KIND.columns["code"]}})
    frame = pl.LazyFrame({"row_number": [2]})
    for name, code in (("bao cao_07_2025.csv", "07"), ("bao cao.csv", None)):
        typing = Typing(kind, source, SYSTEM, {}, "", {}, KEY, name)
        assert typing.apply(frame).collect()["code"].to_list() == [code]


def test_a_number_outside_its_bounds_gives_a_reason() -> None:
    assert typed(score="-1")[REASONS] == ["number_out_of_range|score"]
    assert typed(score="20.001")[REASONS] == ["number_out_of_range|score"]


def test_a_missing_key_gives_a_reason_and_other_reasons_stand_beside_it() -> None:
    row = typed(code=None, score="x")
    assert row[REASONS] == ["missing_key|code", "bad_number|score"]


@pytest.mark.parametrize("word", ["Đang xử lý", "ĐANG  XỬ LÝ", "Ðang xử lý", normalize("NFD", "Đang xử lý")])
def test_a_word_is_known_however_it_is_typed(word: str) -> None:
    row = typed(status_code=word)
    assert (row["status_code"], row["status_label"]) == ("open", word)


def test_an_unknown_word_surfaces_as_unmapped_and_keeps_its_label() -> None:
    row = typed(status_code="Tạm treo")
    assert (row["status_code"], row["status_label"], row[REASONS]) == ("unmapped", "Tạm treo", [])


def test_a_missing_word_stays_missing() -> None:
    assert typed(status_code=None)["status_code"] is None


@pytest.mark.parametrize(("text", "word"), [(None, "open"), ("", "open"), ("1", "done"), ("2", "unmapped")])
def test_an_empty_cell_has_a_word_only_where_the_map_says_one(text: str | None, word: str) -> None:
    frame = pl.LazyFrame(
        {"row_number": [1], "status_code": [text or None]}, schema_overrides={"status_code": pl.String}
    )
    source = SOURCE.model_copy(update={"columns": {"status_code": "status_code"}})
    words = {"status_code": {"": "open", "1": "done"}}
    kind = KIND.model_copy(update={"columns": {"status_code": KIND.columns["status_code"]}})
    typing = Typing(kind, source, SYSTEM, {"status_code": "status_code"}, "", words, KEY)
    [row] = typing.apply(frame).collect().to_dicts()
    assert (row["status_code"], row["status_label"]) == (word, text or None)


def test_a_boolean_is_read_by_its_words_only() -> None:
    assert typed(is_online="CÓ")["is_online"] is True
    assert typed(is_online="có thể")[REASONS] == ["bad_boolean|is_online"]


def test_an_agency_name_keeps_its_spelling_and_gets_a_key() -> None:
    row = typed(agency_name="UBND xã Nghĩa Mai")
    assert (row["agency_name"], row["agency_name_key"]) == ("UBND xã Nghĩa Mai", "xã nghĩa mai")


def test_personal_columns_are_dropped_or_keyed() -> None:
    row = typed(person="Người Mẫu", phone="0900 000 001")
    assert "person" not in row
    assert "phone" not in row
    assert row["phone_key"] == typed(phone="+84900000001")["phone_key"]
    assert row["phone_key"] != typed(phone="0900000002")["phone_key"]
    assert row["phone_key"] == KEY.word("0900000001", "phone")


def test_the_same_text_under_another_purpose_or_key_is_another_word() -> None:
    assert KEY.word("040012345678", "phone") != KEY.word("040012345678", "id")
    assert KEY.word("040012345678", "id") != Pseudonymiser(b"another key, also just for tests").word(
        "040012345678", "id"
    )


def test_the_key_file_is_made_once_and_only_for_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DUNGHEN_PSEUDONYM_KEY", raising=False)
    first = load_pseudonymiser(tmp_path / "private")
    [path] = (tmp_path / "private").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_pseudonymiser(tmp_path / "private") == first
    path.chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        load_pseudonymiser(tmp_path / "private")


def test_a_key_from_the_environment_wins_and_must_be_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUNGHEN_PSEUDONYM_KEY", "long enough for a key")
    assert load_pseudonymiser(tmp_path) == load_pseudonymiser(tmp_path / "elsewhere")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("DUNGHEN_PSEUDONYM_KEY", "short")
    with pytest.raises(KeyProblem, match="shorter than 16"):
        load_pseudonymiser(tmp_path)


def test_refusals_name_row_column_and_reason() -> None:
    frame = pl.LazyFrame({"row_number": [2, 3], REASONS: [["bad_number|score", "missing_key|code"], []]})
    assert refusals(frame).collect().rows() == [(2, "score", "bad_number"), (2, "code", "missing_key")]


def test_the_lake_holds_no_dropped_column_and_says_where_each_row_came_from() -> None:
    for kind in load_catalogue([PROJECT_ROOT / "pipelines" / "contracts"]).kinds.values():
        schema = lake_schema(kind)
        private = {name for name, column in kind.columns.items() if column.privacy != "public"}
        assert not private & set(schema)
        assert list(schema)[-5:] == ["source_id", "source_system", "file_sha256", "row_number", "observed_at"]
