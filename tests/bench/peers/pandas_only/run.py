"""The fact, the mart and the checks with pandas alone: `python run.py LANDING OUT`.

Here: CSV of the one-stop portal, register of agencies and catalogue of procedures → `fct_dossier`,
`agency_month`, `quarantine` and `checks` as Parquet, under the definition `strict` at the data cut.
Not here: the other definitions, history, flags per dossier.
Rules: docs/how-time-is-counted.md.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

SEEDS = Path(__file__).resolve().parents[4] / "dbt_project" / "seeds"
KEY = os.environ.get("PSEUDONYM_KEY", "a key for measuring only").encode()
SYSTEM, REGISTER, CATALOGUE = "nghean_one_stop", "nghe_an", "vn"
PLAUSIBLE_FROM = pd.Timestamp("2019-01-01")
COLUMNS = {
    "Mã hồ sơ": "dossier_code",
    "Mã TTHC": "delivered_procedure_code",
    "Lĩnh vực": "field_name",
    "Mã đơn vị": "delivered_agency_code",
    "Kênh nộp": "channel",
    "Trạng thái": "status",
    "Thời điểm nộp": "applied_at",
    "Thời điểm tiếp nhận": "received_at",
    "Thời điểm hẹn trả": "due_at",
    "Thời điểm xử lý xong": "finished_at",
    "Thời điểm trả kết quả": "returned_at",
    "Số lần yêu cầu bổ sung": "supplement_request_count",
    "Thời điểm yêu cầu bổ sung": "supplement_requested_at",
    "Thời điểm nhận bổ sung": "supplement_completed_at",
    "Số lần gia hạn": "extension_count",
    "Thời điểm xin lỗi": "apologised_at",
    "Kết quả": "stated_outcome",
    "Số CCCD": "applicant_id_number",
    "Số điện thoại": "applicant_phone",
}
MOMENTS = [name for name in COLUMNS.values() if name.endswith("_at")]
COUNTS = ["supplement_request_count", "extension_count"]
PERSONAL = ["applicant_id_number", "applicant_phone"]
VERDICTS = {"Sớm hạn": "early", "Đúng hạn": "on_time", "Trễ hạn": "late"}
OUTCOMES = ["on_time", "late", "open_in_time", "open_late", "not_applicable", "cannot_tell"]
CODE_PATTERN = (
    r"^([0-9]{3}[.][0-9]{2}[.][0-9]{2}[.])?[A-Z][0-9]{2}([.][0-9]{1,4})*-([0-9]{6}|[0-9]{8})-[0-9]{4,7}$"
)


def read_delivery(folder: Path) -> pd.DataFrame:
    """All files as text, with the file, the row and the moment of extraction."""
    frames = []
    for path in sorted(folder.glob("*.csv")):
        frame = pd.read_csv(path, dtype=str, usecols=list(COLUMNS)).rename(columns=COLUMNS)
        frame["file_name"] = path.name
        frame["row_number"] = np.arange(len(frame)) + 2
        frame["observed_at"] = pd.Timestamp(path.stem[-10:])
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def pseudonym(text: str) -> str:
    """Keyed HMAC of a personal number."""
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def typed(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Typed rows, and the rows that were set aside with a reason."""
    reason = pd.Series(None, index=rows.index, dtype="object")
    reason[rows["dossier_code"].isna()] = "missing_key|dossier_code"
    for name in MOMENTS:
        moment = pd.to_datetime(rows[name], format="%d/%m/%Y %H:%M:%S", errors="coerce")
        reason[reason.isna() & rows[name].notna() & moment.isna()] = f"bad_timestamp|{name}"
        reason[reason.isna() & (moment < PLAUSIBLE_FROM)] = f"date_out_of_range|{name}"
        rows[name] = moment
    for name in COUNTS:
        number = pd.to_numeric(rows[name], errors="coerce").astype("Int64")
        reason[reason.isna() & rows[name].notna() & number.isna()] = f"bad_number|{name}"
        rows[name] = number
    for name in PERSONAL:
        rows[f"{name}_key"] = rows[name].map(pseudonym, na_action="ignore")
    rows = rows.drop(columns=PERSONAL)
    quarantine = rows.loc[reason.notna(), ["file_name", "row_number"]].assign(reason=reason)
    return rows[reason.isna()], quarantine


def with_codes(rows: pd.DataFrame) -> pd.DataFrame:
    """The portal's codes as words."""
    for column in ("status", "channel"):
        file = "dossier_statuses" if column == "status" else "channels"
        words = pd.read_csv(SEEDS / f"{file}.csv", dtype=str).dropna(subset=["national_code"])
        known = rows[column].map(words.set_index("national_code")[f"{column}_code"])
        rows[f"{column}_code"] = known.where(known.notna() | rows[column].isna(), "unmapped")
    rows["stated_outcome_code"] = rows["stated_outcome"].map(VERDICTS)
    return rows.drop(columns=["status", "channel", "stated_outcome"])


def with_agency(rows: pd.DataFrame, landing: Path) -> pd.DataFrame:
    """The agency that bore the code on the day of receipt."""
    [path] = (landing / "agencies").glob("*.csv.gz")
    agencies = pd.read_csv(path, dtype=str)
    for name in ("valid_from_date", "valid_to_date"):
        agencies[name] = pd.to_datetime(agencies[name]).astype("datetime64[us]")
    agencies["agency_key"] = (
        REGISTER + ":" + agencies["agency_code"] + "@" + agencies["valid_from_date"].dt.strftime("%Y-%m-%d")
    )
    wanted = ["agency_code", "agency_key", "agency_name", "agency_level"]
    anchor = rows["received_at"].fillna(rows["applied_at"]).fillna(rows["observed_at"])
    rows["anchor_date"] = anchor.dt.normalize().astype("datetime64[us]")
    rows = pd.merge_asof(
        rows.sort_values("anchor_date"),
        agencies[[*wanted, "valid_from_date", "valid_to_date"]].sort_values("valid_from_date"),
        left_on="anchor_date",
        right_on="valid_from_date",
        left_by="delivered_agency_code",
        right_by="agency_code",
    )
    rows.loc[rows["anchor_date"] >= rows["valid_to_date"], wanted] = None
    rows["agency_resolution"] = np.select(
        [rows["agency_key"].notna(), rows["delivered_agency_code"].notna()], ["code", "unknown"], "missing"
    )
    rows["agency_key"] = rows["agency_key"].fillna(f"{REGISTER}:unmapped")
    return rows.drop(columns=["anchor_date", "valid_from_date", "valid_to_date"])


def with_procedure(rows: pd.DataFrame, landing: Path) -> pd.DataFrame:
    """The procedure of the catalogue, by the national part of the code."""
    [path] = (landing / "procedures").glob("*.csv.gz")
    names = {"ma_thu_tuc": "procedure_code", "ten_thu_tuc": "procedure_name", "linh_vuc": "catalogue_field"}
    catalogue = pd.read_csv(path, dtype=str, usecols=list(names)).rename(columns=names)
    catalogue = catalogue.drop_duplicates("procedure_code", keep="last").assign(is_known=True)
    delivered = rows["delivered_procedure_code"]
    rows["procedure_code"] = delivered.str.extract(r"^([0-9][.][0-9]{6})", expand=False).fillna(delivered)
    rows = rows.merge(catalogue, on="procedure_code", how="left")
    is_known = rows.pop("is_known").notna()
    rows["procedure_resolution"] = np.select(
        [is_known, rows["procedure_code"].notna()], ["code", "unknown"], "missing"
    )
    rows["procedure_key"] = (CATALOGUE + ":" + rows["procedure_code"]).where(is_known, "unmapped")
    rows["field_name"] = rows["field_name"].fillna(rows.pop("catalogue_field"))
    return rows


def working_day_ordinals() -> pd.Series:
    """Date → number of working days up to it."""
    versions = pd.read_csv(SEEDS / "calendar_versions.csv")
    days = pd.date_range(versions["valid_from_date"].min(), versions["valid_to_date"].max(), unit="us")
    is_working = pd.Series(days.day_of_week < 5, index=days)
    exceptions = pd.read_csv(SEEDS / "calendar_exceptions.csv", parse_dates=["date"]).set_index("date")
    is_working.update(exceptions["kind"] == "work")
    return is_working.astype(bool).cumsum().astype("Int64")


def judged(rows: pd.DataFrame, data_cut: pd.Timestamp) -> pd.DataFrame:
    """The outcome under `strict` and what was counted in days."""
    statuses = pd.read_csv(SEEDS / "dossier_statuses.csv").set_index("status_code")

    def has(flag: str) -> pd.Series:
        return rows["status_code"].map(statuses[flag]).eq(True)

    received, due, finished = rows["received_at"], rows["due_at"], rows["finished_at"]
    rows["is_accepted"] = received.notna() & ~has("is_before_acceptance")
    rows["is_closed"] = finished.notna()
    is_over = has("is_ended_without_result") | has("is_result_ready")
    rows["is_open"] = rows["is_accepted"] & ~rows["is_closed"] & ~is_over
    cases = {
        "not_applicable": ~rows["is_accepted"],
        "cannot_tell": due.isna(),
        "on_time": rows["is_closed"] & (finished <= due),
        "late": rows["is_closed"],
    }
    before = np.select(list(cases.values()), list(cases), "")
    cases = {
        "cannot_tell": has("is_result_ready"),
        "not_applicable": has("is_ended_without_result"),
        "open_late": due < data_cut,
    }
    after = np.select(list(cases.values()), list(cases), "open_in_time")
    rows["outcome_strict"] = np.where(before == "", after, before)
    ordinals = working_day_ordinals()
    received_day, due_day, end_day = (moment.dt.normalize() for moment in (received, due, finished))
    observed_day = rows["observed_at"].dt.normalize()
    is_countable = (received_day <= observed_day) & (end_day >= received_day) & (end_day <= observed_day)
    end_ordinal = end_day.where(is_countable).map(ordinals)
    due_ordinal = due_day.where((due_day >= received_day) & (received_day <= observed_day)).map(ordinals)
    rows["elapsed_days"] = (end_day - received_day).dt.days.astype("Int64")
    rows["elapsed_working_days"] = end_ordinal - received_day.map(ordinals)
    last_ordinal = end_ordinal.where(rows["outcome_strict"] == "late")
    last_ordinal[rows["outcome_strict"] == "open_late"] = ordinals[data_cut.normalize()]
    rows["late_working_days"] = last_ordinal - due_ordinal
    basis = due.fillna(received).fillna(rows["applied_at"]).fillna(rows["observed_at"])
    rows["period_month_date"] = basis.dt.to_period("M").dt.to_timestamp()
    return rows.assign(source_system=SYSTEM, data_cut_at=data_cut)


def _pct(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Per cent to two places, a half away from nought as in SQL; pandas rounds it to the even digit."""
    return np.floor(10_000 * part / whole + 0.5) / 100


def monthly(fact: pd.DataFrame) -> pd.DataFrame:
    """Agency × month: counts and rates under `strict`."""
    unmapped = {"agency_code": "unmapped", "agency_name": "Chưa xác định được cơ quan"}
    fact = fact.fillna(unmapped)
    by = ["source_system", "agency_key", "agency_code", "agency_name", "agency_level", "period_month_date"]
    counts = (
        fact.groupby([*by, "outcome_strict"], dropna=False).size().unstack("outcome_strict", fill_value=0)
    )
    counts = counts.reindex(columns=OUTCOMES, fill_value=0).add_suffix("_count")
    counts["dossier_count"] = counts.sum(axis="columns")
    counts["judged_count"] = counts[["on_time_count", "late_count", "open_late_count"]].sum(axis="columns")
    counts["in_time_count"] = counts["on_time_count"]
    judged_count = counts["judged_count"].replace(0, np.nan)
    counts["on_time_pct"] = _pct(counts["in_time_count"], judged_count)
    counts["late_pct"] = _pct(judged_count - counts["in_time_count"], judged_count)
    counts["no_rate_reason"] = np.select(
        [counts["judged_count"] > 0, counts["open_in_time_count"] > 0, counts["cannot_tell_count"] > 0],
        [None, "not_yet_due", "cannot_tell"],
        "not_applicable",
    )
    return counts.reset_index().assign(definition_id="strict", data_cut_at=fact["data_cut_at"].iloc[0])


def checks(fact: pd.DataFrame, rows: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    """What is expected of fact, accepted rows and files: how many were checked, how many fail."""
    status, outcome = fact["status_code"], fact["outcome_strict"]
    received, due, finished, applied = (fact[f"{n}_at"] for n in ("received", "due", "finished", "applied"))
    every, every_row = pd.Series(True, index=fact.index), pd.Series(True, index=rows.index)
    every_file = pd.Series(True, index=files.index)
    beyond = status.notna() & ~status.isin(["registered", "not_received", "withdrawn"])
    explained = files["accepted"] + files["quarantined"] + files["repeated"]
    is_malformed = ~rows["dossier_code"].str.match(CODE_PATTERN)
    rules = {  # rows a rule applies to, rows that fail
        "open_past_due": (fact["is_accepted"], outcome == "open_late"),
        "closed_past_due": (fact["is_closed"], outcome == "late"),
        "no_due_date": (fact["is_accepted"], due.isna()),
        "no_receipt_date": (beyond, received.isna()),
        "closed_without_end": (status.isin(["finished", "returned"]), finished.isna()),
        "ends_before_receipt": (finished.notna() & received.notna(), finished < received),
        "due_before_receipt": (due.notna() & received.notna(), due < received),
        "received_before_application": (applied.notna() & received.notna(), received < applied),
        "received_in_future": (received.notna(), received > fact["observed_at"]),
        "finished_in_future": (finished.notna(), finished > fact["observed_at"]),
        "unmapped_status": (rows["status_code"].notna(), rows["status_code"] == "unmapped"),
        "unmapped_channel": (rows["channel_code"].notna(), rows["channel_code"] == "unmapped"),
        "malformed_dossier_code": (every_row, is_malformed),
        "conflicting_rows": (every_row, rows.duplicated(["file_name", "dossier_code"], keep=False)),
        "dossier_rows_dated": (every_row, rows["observed_at"].isna()),
        "dossier_key_present": (every, fact["dossier_key"].isna()),
        "dossier_counted_once": (every, fact["dossier_key"].duplicated(keep=False)),
        "strict_outcome_present": (every, outcome.isna()),
        "strict_outcome_known": (every, ~outcome.isin(OUTCOMES)),
        "ledger_reconciled": (every_file, files["read"] != explained),
        "accepted_rows_modelled": (every_file, files["accepted"] != files["modelled"]),
    }
    for name in ("agency", "procedure"):
        resolution = fact[f"{name}_resolution"]
        rules[f"no_{name}"] = (every, resolution == "missing")
        rules[f"unknown_{name}"] = (resolution != "missing", resolution == "unknown")
    counts = [(rule, scope.sum(), (scope & fails).sum()) for rule, (scope, fails) in rules.items()]
    frame = pd.DataFrame(counts, columns=["rule_id", "checked_count", "failing_count"])
    tolerated_pct = frame["rule_id"].isin(["open_past_due", "closed_past_due"]) * 2.0
    return frame.assign(passed=100 * frame["failing_count"] <= tolerated_pct * frame["checked_count"])


def main(landing: Path, out: Path) -> None:
    """Read, type, judge, check, write."""
    rows = read_delivery(landing / "dossiers")
    files = pd.DataFrame({"read": rows["file_name"].value_counts()})
    data_cut = rows["observed_at"].max()
    good, quarantine = typed(rows)
    accepted = with_codes(good.drop_duplicates(subset=good.columns.difference(["row_number"])))
    latest = accepted.sort_values(["observed_at", "row_number"]).drop_duplicates("dossier_code", keep="last")
    fact = judged(with_procedure(with_agency(latest, landing), landing), data_cut)
    fact["dossier_key"] = SYSTEM + ":" + fact["dossier_code"]
    modelled = accepted[accepted["dossier_code"].isin(fact["dossier_code"])]
    for name, counted in {"accepted": accepted, "modelled": modelled, "quarantined": quarantine}.items():
        files[name] = counted["file_name"].value_counts()
    files["repeated"] = good["file_name"].value_counts() - files["accepted"]
    results = checks(fact, accepted, files.fillna(0))
    out.mkdir(parents=True, exist_ok=True)
    fact.drop(columns=["delivered_agency_code", "delivered_procedure_code"]).to_parquet(
        out / "fct_dossier.parquet", index=False
    )
    monthly(fact).to_parquet(out / "agency_month.parquet", index=False)
    quarantine.to_parquet(out / "quarantine.parquet", index=False)
    results.to_parquet(out / "checks.parquet", index=False)
    print(results.to_string(index=False))
    critical = [
        "dossier_key_present",
        "dossier_counted_once",
        "strict_outcome_present",
        "strict_outcome_known",
    ]
    if not results.loc[results["rule_id"].isin(critical), "passed"].all():
        raise SystemExit("a critical check failed")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
