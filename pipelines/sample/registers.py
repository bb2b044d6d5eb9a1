"""The real lists behind the synthetic province: agencies through their reorganisations, procedures.

Here: the agency register (communes 460 → 412 → 130, districts, departments, land branches) as spans,
and the procedures each group of agencies handles.
Not here: dossiers; the shape of the exported files (`exports_registers.py`).
Explained in data/sample/SOURCES.md and docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sample.options import parameters

if TYPE_CHECKING:
    from pathlib import Path

FIRST = date(2020, 1, 1)
COMMUNES_MERGED = date(2024, 12, 1)  # 460 → 412 communes, 21 → 20 districts
DISTRICTS_ENDED = date(2025, 7, 1)  # 412 → 130 communes, no districts
PROVINCE_CODE = "40"
PROVINCE_NAME = "UBND tỉnh Nghệ An"
_INVENTED = "mã giả lập"
_NSO = "danh mục đơn vị hành chính của cơ quan thống kê"


@dataclass(frozen=True)
class Span:
    """One agency under one name and one parent, from a day until the day it no longer holds.

    `group` names the fields it handles (`world.yaml`), `portal` where it hands in; both None for an
    agency that is only in the register.
    """

    agency_code: str
    agency_name: str
    agency_level: str
    parent_agency_code: str | None
    parent_agency_name: str | None
    valid_from_date: date
    valid_to_date: date | None = None
    successor_agency_code: str | None = None
    change_label: str | None = None
    evidence_label: str = _NSO
    group: str | None = None
    portal: str | None = None


def read_csv_gz(path: Path) -> list[dict[str, str]]:
    """Rows of a small compressed CSV."""
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _committee(unit: str) -> str:
    """'Xã Nghĩa Mai' → 'UBND xã Nghĩa Mai'."""
    return f"UBND {unit[0].lower()}{unit[1:]}"


def _district_spans(before: list[dict[str, str]], after: list[dict[str, str]]) -> list[Span]:
    old = {row["district_code"]: row["district_name"] for row in before}
    kept = {row["district_code"] for row in after}
    (absorbed,) = sorted(set(old) - kept)  # thị xã Cửa Lò, into thành phố Vinh
    vinh = next(code for code, name in old.items() if name == "Thành phố Vinh")
    spans = []
    for code, name in sorted(old.items()):
        base = Span(
            code, _committee(name), "district", PROVINCE_CODE, PROVINCE_NAME, FIRST,
            group="district", portal="nghean_tandan",
        )  # fmt: skip
        merged = replace(base, valid_to_date=COMMUNES_MERGED, successor_agency_code=vinh)
        ended = replace(base, valid_to_date=DISTRICTS_ENDED, change_label="Kết thúc hoạt động cấp huyện")
        if code == absorbed:
            spans.append(replace(merged, change_label=f"Nhập vào {old[vinh]}"))
        elif code == vinh:
            spans.append(replace(merged, change_label=f"Nhận {old[absorbed]}"))
            spans.append(replace(ended, valid_from_date=COMMUNES_MERGED))
        else:
            spans.append(ended)
    return spans


def _old_commune(row: dict[str, str], since: date) -> Span:
    return Span(
        row["commune_code"], _committee(row["commune_full_name"]), "commune", row["district_code"],
        _committee(row["district_name"]), since, group="commune", portal="nghean_tandan",
    )  # fmt: skip


def _commune_spans(reference: Path) -> list[Span]:
    before = read_csv_gz(reference / "communes_460_before_2024-12-01.csv.gz")
    between = read_csv_gz(reference / "communes_412_2024-12-01_to_2025-06-30.csv.gz")
    today = read_csv_gz(reference / "communes_130.csv.gz")
    chain = read_csv_gz(reference / "chain_460_to_412_to_130.csv.gz")
    changes = read_csv_gz(reference / "changes_2024-12-01_460_to_412.csv.gz")
    evidence = {row["old_code"]: row["evidence"] for row in changes}
    absorbing = {row["new_code"] for row in changes if row["change"] == "merged_into"}
    next_code = {row["code_before_2024-12-01"]: row["code_2024-12-01_to_2025-06-30"] for row in chain}
    last_code = {row["code_2024-12-01_to_2025-06-30"]: row["code_from_2025-07-01"] for row in chain}
    name_now = {row["commune_code"]: row["commune"] for row in today}
    middle = {row["commune_code"]: _old_commune(row, COMMUNES_MERGED) for row in between}

    spans = []
    for row in before:
        span = _old_commune(row, FIRST)
        heir = middle[next_code[span.agency_code]]
        same = (span.agency_code, span.agency_name, span.parent_agency_code) == (
            heir.agency_code, heir.agency_name, heir.parent_agency_code,
        )  # fmt: skip
        if same and span.agency_code not in absorbing:
            middle[heir.agency_code] = replace(heir, valid_from_date=FIRST)
            continue
        gained = same or (span.agency_code == heir.agency_code and span.agency_name == heir.agency_name)
        label = "Thay đổi địa giới" if gained else f"Thành {heir.agency_name.removeprefix('UBND ')}"
        spans.append(
            replace(
                span, valid_to_date=COMMUNES_MERGED, successor_agency_code=heir.agency_code,
                change_label=label, evidence_label=evidence.get(span.agency_code, _NSO),
            )
        )  # fmt: skip
    for code, span in middle.items():
        heir_code = last_code[code]
        unit = name_now[heir_code]
        spans.append(
            replace(
                span, valid_to_date=DISTRICTS_ENDED, successor_agency_code=heir_code,
                change_label=f"Thành {unit[0].lower()}{unit[1:]}; bỏ cấp huyện",
            )
        )  # fmt: skip
    spans += [
        Span(
            row["commune_code"], _committee(row["commune"]), "commune", PROVINCE_CODE, PROVINCE_NAME,
            DISTRICTS_ENDED, evidence_label=row["resolution"], group="commune", portal="nghean_tandan",
        )
        for row in today
    ]  # fmt: skip
    return spans


def _department_spans() -> list[Span]:
    return [
        Span(
            row["code"], row["name"], "department", PROVINCE_CODE, PROVINCE_NAME, row["from"],
            row.get("to"), row.get("successor"), row.get("change"), _INVENTED, row.get("group"),
            "nghean_igate" if "group" in row else None,
        )
        for row in parameters("departments")["departments"]
    ]  # fmt: skip


def _branch_spans(districts: list[Span], departments: list[Span]) -> list[Span]:
    rule: dict[str, Any] = parameters("departments")["branches"]
    parent_name = {span.agency_code: span.agency_name for span in departments}
    first, second = (parent["code"] for parent in rule["parents"])
    moved = rule["parents"][0]["until"]
    spans: list[Span] = []
    for number, code in enumerate(sorted({span.agency_code for span in districts}), start=1):
        last = max((s for s in districts if s.agency_code == code), key=lambda s: s.valid_from_date)
        district = last.agency_name.removeprefix("UBND ")
        branch = f"{rule['code_prefix']}.{number:02d}"
        base = Span(
            branch, rule["name"].format(district=district), "department", first, parent_name[first],
            FIRST, evidence_label=f"đơn vị và {_INVENTED}", group="land", portal="nghean_land",
        )  # fmt: skip
        if last.valid_to_date == COMMUNES_MERGED:
            vinh = next(s.agency_code for s in spans if "thành phố Vinh" in s.agency_name)
            label = "Nhập vào chi nhánh thành phố Vinh"
            spans.append(
                replace(base, valid_to_date=COMMUNES_MERGED, successor_agency_code=vinh, change_label=label)
            )
            continue
        moved_on = replace(base, parent_agency_code=second, parent_agency_name=parent_name[second])
        spans.append(
            replace(
                base, valid_to_date=moved, successor_agency_code=branch, change_label="Đổi cơ quan cấp trên"
            )
        )
        spans.append(
            replace(
                moved_on, valid_from_date=moved, valid_to_date=DISTRICTS_ENDED,
                successor_agency_code=branch, change_label="Đổi tên theo khu vực",
            )
        )  # fmt: skip
        area = district.removeprefix("huyện ").removeprefix("thành phố ").removeprefix("thị xã ")
        after = rule["name_after"].format(area=area)
        spans.append(replace(moved_on, agency_name=after, valid_from_date=DISTRICTS_ENDED))
    return spans


def agency_register(reference: Path) -> pl.DataFrame:
    """Every agency of the province as spans [valid_from_date, valid_to_date), ordered by code and start.

    Columns are the fields of `Span`. Codes of communes and districts are those of the statistics
    office; codes of departments and branches are invented, and their evidence says so.

    Raises:
        FileNotFoundError: a list is missing below `reference`.
    """
    before = read_csv_gz(reference / "communes_460_before_2024-12-01.csv.gz")
    between = read_csv_gz(reference / "communes_412_2024-12-01_to_2025-06-30.csv.gz")
    districts = _district_spans(before, between)
    departments = _department_spans()
    province = Span(PROVINCE_CODE, PROVINCE_NAME, "province", None, None, FIRST)
    spans = [
        province,
        *districts,
        *_commune_spans(reference),
        *departments,
        *_branch_spans(districts, departments),
    ]
    ordered = sorted(spans, key=lambda span: (span.agency_code, span.valid_from_date))
    return pl.DataFrame([asdict(span) for span in ordered], infer_schema_length=None)


def handled_procedures(catalogue: Path) -> pl.DataFrame:
    """What each group of agencies handles: one row a group and procedure of the real catalogue.

    Columns: group, procedure_code, procedure_name, field_name, limit_unit (`working`, `calendar` or
    `same_day`), limit_days, weight (within the group), code_by_name (the code if the name is unique in
    the whole catalogue, else null). Procedures whose limit has no number, or one longer than the
    calendar's last year can hold, are left out.

    Raises:
        ValueError: a group of `world.yaml` handles no procedure at all.
    """
    world = parameters("world")
    rows = pl.DataFrame(read_csv_gz(catalogue)).with_columns(pl.all().replace("", None))
    name = pl.col("ten_thu_tuc")
    printed = pl.col("thoi_han_tom_tat")  # "5 Ngày làm việc", "30 Ngày", "1", "12 Ngày làm việc; 22 …"
    limit = printed.str.extract(r"^0*(\d+)(?: Ngày làm việc| Ngày)?(?:;.*)?$").cast(pl.Int64)
    calendar = printed.str.contains(r"^\d+ Ngày(?:;.*)?$")
    same_day = pl.col("linh_vuc").is_in(world["same_day_fields"]) & limit.is_null()
    longest = world["longest_limit"]
    plain = ~name.str.contains(r"\n|\s\s|^\s|\s$|[“”]")
    known = rows.with_columns(
        # the catalogue has names twice; such a name alone does not tell the procedure
        code_by_name=pl.when(name.str.to_lowercase().is_unique()).then(pl.col("ma_thu_tuc")),
        limit_unit=pl.when(same_day).then(pl.lit("same_day"))
        .when(calendar).then(pl.lit("calendar")).otherwise(pl.lit("working")),
        limit_days=pl.when(same_day).then(0).otherwise(limit),
    ).filter(
        plain
        & pl.col("limit_days").is_not_null()
        & (same_day | (pl.col("limit_days") > 0))
        & (pl.col("limit_days") <= pl.col("limit_unit").replace_strict(longest, default=0))
    )  # fmt: skip
    groups = []
    for group, fields in world["fields"].items():
        level = world["levels"].get(group, "tỉnh")
        of_level = pl.col("cap_thuc_hien").str.to_lowercase().str.contains(level)
        mine = known.filter(pl.col("linh_vuc").is_in(list(fields)) & of_level)
        if mine.is_empty():
            raise ValueError(f"world.yaml: group {group!r} handles no procedure; check its field names")
        own = pl.col("ma_thu_tuc").replace_strict(world["popular"], default=1, return_dtype=pl.Float64)
        field_weight = pl.col("linh_vuc").replace_strict(fields, return_dtype=pl.Float64)
        groups.append(
            mine.select(
                group=pl.lit(group),
                procedure_code="ma_thu_tuc",
                procedure_name="ten_thu_tuc",
                field_name="linh_vuc",
                limit_unit="limit_unit",
                limit_days="limit_days",
                weight=field_weight * own / own.sum().over("linh_vuc"),
                code_by_name="code_by_name",
            ).sort("procedure_code")
        )
    return pl.concat(groups)
