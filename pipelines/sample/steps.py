"""The steps of a dossier as a department's log keeps them, and what is true about each.

Here: steps of the dossiers of one month, drawn beside their lives without changing them; their truth.
Not here: how a dossier lives (`lives.py`), how the log is printed (`exports_log.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.sample.calendar import HOUR, NEVER, WorkingCalendar
from pipelines.sample.options import parameters

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

SHORTEST = 2 * HOUR  # working time below which nobody hands a dossier on
OFFICERS_FROM = 9_000_000  # numbers of persons that no applicant has
STEP: dict[str, Any] = {
    "dossier_code": pl.String, "stage": pl.Int64, "status_code": pl.String, "department_name": pl.String,
    "officer": pl.Int64, "started": pl.Int64, "ended": pl.Int64, "due": pl.Int64, "has_due_time": pl.Boolean,
}  # fmt: skip
TRUTH: dict[str, Any] = {
    "source_system": pl.String, "dossier_code": pl.String, "status_code": pl.String,
    "department_name": pl.String, "started_at": pl.Datetime("us"), "ended_at": pl.Datetime("us"),
    "elapsed_working_minutes": pl.Int64, "paused_working_minutes": pl.Int64,
    "handover_working_minutes": pl.Int64, "is_open": pl.Boolean, "is_overdue": pl.Boolean,
}  # fmt: skip
RECEIVED = 1
WAITING = 5  # stages from here on wait for papers, beside the chain of the others
FINAL = 4


def draw_steps(born: pl.DataFrame, calendar: WorkingCalendar, rng: np.random.Generator) -> pl.DataFrame:
    """Draw the steps of dossiers.

    Args:
        born: what `draw_lives` returned.
        calendar: working calendar.
        rng: source of every draw; its own, so that no life changes.

    Returns:
        Columns `STEP`, one row a step, sorted by dossier and stage: 0 registered, 1 received, 2 processed,
        3 signed, 4 ended, from 5 on waiting for papers. Moments are seconds of the local wall clock in whole
        minutes; `NEVER` where the log will not say it.
    """
    settings: dict[str, Any] = parameters("world")["processing_log"]
    count = born.height
    life = {name: born[name].to_numpy() for name in ("applied", "received", "ended", "returned", "due_0")}
    bounds = _bounds(born, calendar, rng)
    refused = (born["ending"] == "not_received").to_numpy()
    begins = np.where(refused, life["ended"], life["received"])
    departments = settings["departments"]
    handled = np.array(departments["processing"])[born["service"].to_numpy() % len(departments["processing"])]
    forgotten = rng.random(count) < settings["forgotten_end_share"]
    dateless = rng.random(count) < settings["date_only_due_share"]
    final = life["ended"] < NEVER
    chain: list[tuple[str | npt.NDArray[Any], str | npt.NDArray[Any], Ints, Ints]] = [
        ("registered", departments["counter"], life["applied"], begins),
        ("received", departments["counter"], life["received"], np.where(forgotten, NEVER, bounds[0])),
        ("processing", handled, bounds[1], bounds[2]),
        ("processing", departments["signing"], bounds[3], np.minimum(bounds[4], life["ended"])),
        (
            born["ending"].to_numpy(),
            departments["counter"],
            np.where(final, life["ended"], NEVER),
            np.where(born["ending"] == "finished", life["returned"], life["ended"]),
        ),
    ]
    for n in (1, 2):
        asked, answered = born[f"asked_{n}"].to_numpy(), born[f"answered_{n}"].to_numpy()
        chain.append(("supplement_requested", departments["counter"], asked, answered))
    promise = _promises(life, calendar, settings)
    frames = []
    for stage, (status, department, started, ended) in enumerate(chain):
        planned = promise.get(stage, np.full(count, NEVER))
        frame = pl.DataFrame(
            {
                "dossier_code": born["dossier_code"],
                "stage": np.full(count, stage),
                "status_code": np.broadcast_to(status, count),
                "department_name": np.broadcast_to(department, count),
                "officer": OFFICERS_FROM + born["office"].to_numpy().astype(np.int64) * 10 + stage,
                "started": _whole_minutes(started),
                "ended": _whole_minutes(ended),
                "due": _whole_minutes(planned),
                "has_due_time": ~dateless,
            },
            schema=STEP,
        )
        frames.append(frame.filter(pl.col("started") < NEVER))
    return pl.concat(frames).sort("dossier_code", "stage")


def _whole_minutes(moment: Ints) -> Ints:
    return np.asarray(np.minimum(moment, NEVER) // 60 * 60, dtype=np.int64)


def _bounds(born: pl.DataFrame, calendar: WorkingCalendar, rng: np.random.Generator) -> list[Ints]:
    """Ends and starts from receipt to signature; nothing begins or ends while papers are awaited."""
    received, ended = born["received"].to_numpy(), born["ended"].to_numpy()
    start = calendar.to_working(received)
    net = calendar.to_working(ended) - start
    waits: list[tuple[Ints, Ints]] = []
    for n in (1, 2):
        asked, answered = born[f"asked_{n}"].to_numpy(), born[f"answered_{n}"].to_numpy()
        happens = asked < NEVER
        begun = np.where(happens, calendar.to_working(np.where(happens, asked, 0)), NEVER)
        back = answered < NEVER
        length = calendar.to_working(np.where(back, answered, 0)) - begun
        length = np.where(happens & back, length, np.where(happens, NEVER, 0))
        waits.append((begun, length))
        net = net - np.where(length < NEVER, length, 0)
    count = born.height
    at_counter = 0.03 + 0.07 * rng.random(count)
    handed_over = at_counter + 0.02 + 0.08 * rng.random(count)
    processed = 0.65 + 0.2 * rng.random(count)
    to_sign = processed + 0.02 + 0.08 * rng.random(count)
    short = (net < SHORTEST) | (received >= NEVER)
    moments = []
    for share in (at_counter, handed_over, processed, to_sign):
        position = start + (net * share).astype(np.int64)
        for begun, length in waits:
            position = np.where(position > begun, np.minimum(position + length, NEVER), position)
        moment = np.where(position < NEVER, calendar.from_working(np.minimum(position, NEVER - 1)), NEVER)
        moments.append(np.where(short | (moment >= ended), NEVER, moment))
    moments[0] = np.where(short, ended, moments[0])
    return [*moments, np.where(short, NEVER, ended)]


def _promises(life: dict[str, Ints], calendar: WorkingCalendar, settings: dict[str, Any]) -> dict[int, Ints]:
    """Own due moments of processing and signing: a share of the promise to the citizen, and all of it."""
    known = (life["received"] < NEVER) & (life["due_0"] < NEVER)
    start = calendar.to_working(np.where(known, life["received"], 0))
    room = calendar.to_working(np.where(known, life["due_0"], 0)) - start
    planned = calendar.from_working(start + (room * settings["processing_share"]).astype(np.int64))
    return {2: np.where(known, planned, NEVER), 3: np.where(known, life["due_0"], NEVER)}


def known_by(steps: pl.DataFrame, end: int) -> pl.DataFrame:
    """Steps begun before a moment, with ends that lie before it; an end that will come is `NEVER`."""
    begun = steps.filter(pl.col("started") < end)
    return begun.with_columns(ended=pl.when(pl.col("ended") < end).then("ended").otherwise(pl.lit(NEVER)))


def true_steps(portal: str, steps: pl.DataFrame, calendar: WorkingCalendar, cut: int) -> pl.DataFrame:
    """What a perfect pipeline concludes of every step at the last extraction; columns `TRUTH`.

    Working minutes are counted by the generator's own calendar; a step without an end lasts until the next
    one of its chain begins.
    """
    known = known_by(steps, cut)
    following = (
        known.filter(pl.col("stage") < WAITING)
        .select("dossier_code", "started", follows="stage")
        .sort("dossier_code", "follows")
    )
    rows: list[dict[str, Any]] = []
    chains = {
        code[0]: frame.rows() for code, frame in following.group_by("dossier_code", maintain_order=True)
    }
    for _, mine in known.group_by("dossier_code", maintain_order=True):
        rows += _true_of_dossier(list(mine.iter_rows(named=True)), chains, calendar, cut)
    stamps = {name: (pl.col(name) * 1_000_000).cast(pl.Datetime("us")) for name in ("started_at", "ended_at")}
    schema = TRUTH | {"started_at": pl.Int64, "ended_at": pl.Int64}
    found = pl.DataFrame([row | {"source_system": portal} for row in rows], schema=schema, orient="row")
    order = ("source_system", "dossier_code", "started_at", "status_code", "department_name")
    return found.with_columns(**stamps).sort(order)


def _true_of_dossier(
    mine: list[dict[str, Any]], chains: dict[Any, list[Any]], calendar: WorkingCalendar, cut: int
) -> list[dict[str, Any]]:
    def worked(moment: int) -> int:
        return int(calendar.to_working(np.array([moment]))[0]) // 60

    for step in mine:
        later = [
            started
            for _, started, stage in chains[step["dossier_code"]]
            if started > step["started"] or (started == step["started"] and stage > step["stage"])
        ]
        step["stated"] = step["ended"] < NEVER
        step["until"] = step["ended"] if step["stated"] else min(later, default=None)
        step["is_open"] = step["until"] is None and step["stage"] != FINAL
    waits = [
        (worked(step["started"]), worked(step["until"] or cut)) for step in mine if step["stage"] >= WAITING
    ]

    def awaited(begin: int, end: int) -> int:
        return sum(max(min(end, last) - max(begin, first), 0) for first, last in waits)

    told, before = [], None
    for step in mine:
        started, until = step["started"], step["until"]
        row = {"dossier_code": step["dossier_code"], "status_code": step["status_code"]}
        row |= {"department_name": step["department_name"], "started_at": started, "ended_at": until}
        row["is_open"] = step["is_open"]
        if until is not None:
            begin, end = worked(started), worked(until)
            row |= {"elapsed_working_minutes": end - begin, "paused_working_minutes": awaited(begin, end)}
        row["is_overdue"] = _is_overdue(step, cut)
        if step["stage"] < WAITING:
            if before is not None and before["stated"]:
                left, taken = worked(before["ended"]), worked(started)
                row["handover_working_minutes"] = taken - left - awaited(left, taken)
            before = step
        told.append(row)
    return told


def _is_overdue(step: dict[str, Any], cut: int) -> bool | None:
    if step["due"] >= NEVER or (step["until"] is None and not step["is_open"]):
        return None
    until = cut if step["until"] is None else step["until"]
    unit = 1 if step["has_due_time"] else 86_400
    return bool(until // unit > step["due"] // unit)
