"""The life of a dossier: when it was handed in, accepted, promised, completed, fetched.

Here: all dossiers that are applied for in one month, drawn in vectors; one row a dossier.
Not here: what a portal says about them month by month (`deliveries.py`), faults (`faults.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.sample.calendar import DAY, HOUR, NEVER, WORKING_DAY, WorkingCalendar, seconds_of
from pipelines.sample.options import parameters

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipelines.sample.offices import Desk

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

_CLOSING = 17 * HOUR
_SAME_DAY_UNTIL = 15 * HOUR  # received later: the next working day, domain.md §2.3
_LONG_CODES_SINCE = date(2026, 1, 1)  # yyyyMMdd and seven digits, the 2026 format of domain.md §2.6
MOMENTS = (
    "applied", "received", "asked_1", "answered_1", "asked_2", "answered_2",
    "due_0", "due_1", "due_2", "ended", "returned",
)  # fmt: skip


@dataclass(frozen=True)
class Month:
    """One month of the province: its bounds in seconds and its place between first and last (0–1)."""

    year: int
    month: int
    progress: float

    @property
    def first(self) -> date:
        """First day."""
        return date(self.year, self.month, 1)

    @property
    def next_first(self) -> date:
        """First day of the month after, on which the portals export."""
        return date(self.year + self.month // 12, self.month % 12 + 1, 1)

    @property
    def last(self) -> date:
        """Last day."""
        return self.next_first - timedelta(days=1)

    @property
    def start(self) -> int:
        """First second."""
        return seconds_of(self.year, self.month)

    @property
    def end(self) -> int:
        """First second after."""
        return seconds_of(self.next_first.year, self.next_first.month)

    def between(self, bounds: list[float]) -> float:
        """Value at this month on the line from `bounds[0]` to `bounds[1]`."""
        return float(bounds[0] + (bounds[1] - bounds[0]) * self.progress)


@dataclass(frozen=True)
class Scene:
    """Where and when dossiers are drawn.

    Attributes:
        portal: source system.
        desk: its agencies and procedures.
        month: month of application.
        calendar: working calendar.
        rng: source of every draw.
    """

    portal: str
    desk: Desk
    month: Month
    calendar: WorkingCalendar
    rng: np.random.Generator


def draw_lives(scene: Scene, count: int, people: int) -> pl.DataFrame:
    """Draw the dossiers applied for in one month.

    Args:
        scene: portal, month and what they draw from.
        count: number of dossiers.
        people: size of the pool of persons; the same person may hand in again.

    Returns:
        `count` rows ordered by application: dossier_code, office and service (row numbers in `desk`),
        person, channel, ending, is_paid_late, has_due_time, has_end_time, stop_has_end, and the
        moments `MOMENTS` as seconds of the local wall clock, `NEVER` for what does not happen.
    """
    world = parameters("world")
    portal, desk, month, rng = scene.portal, scene.desk, scene.month, scene.rng
    settings: dict[str, Any] = world["portals"][portal]
    office, service = desk.draw(month.first, count, rng)
    channel, applied, received = _arrival(scene, count)
    applied, received = _before_reorganisation(scene, office, applied, received)
    ending = _draw_endings(world, count, rng)
    unit, days = desk.promised(service, channel)
    due = promise(settings["due_time"], unit, days, received, scene.calendar)
    late = rng.random(count) < _late_share(world, desk, office, month)
    moments = _course(scene, received, due, late)

    rejected = ending == "not_received"
    moments["ended"] = np.where(rejected, received, moments["ended"])
    moments["received"] = np.where(rejected, NEVER, received)
    halted = np.isin(ending, ["withdrawn", "stopped"])
    first_half = received + ((moments["ended"] - received) * rng.random(count)).astype(np.int64)
    moments["ended"] = np.where(halted & (moments["ended"] < NEVER), first_half, moments["ended"])
    moments["returned"] = np.where(ending == "finished", moments["returned"], NEVER)
    for name in ("asked_1", "answered_1", "asked_2", "answered_2"):
        moments[name] = np.where(moments[name] > moments["ended"], NEVER, moments[name])
    moments["applied"] = applied

    dateless_promise = portal == "nghean_land" and month.first < world["date_only_due_before"]
    dateless_end = (portal == "nghean_land") & (rng.random(count) < world["date_only_end_share"])
    dateless_end &= moments["ended"] // DAY > received // DAY
    if dateless_promise:
        for name in ("due_0", "due_1", "due_2"):
            moments[name] = moments[name] // DAY * DAY
    step = settings["precision_seconds"]
    lives = pl.DataFrame(
        {
            "office": office,
            "service": service,
            "person": (rng.random(count) ** 1.5 * people).astype(np.int64),
            "channel": channel,
            "ending": ending,
            "is_paid_late": (portal == "nghean_land") & (rng.random(count) < world["payment_share"]),
            "has_due_time": np.full(count, not dateless_promise),
            "has_end_time": ~dateless_end,
            "stop_has_end": rng.random(count) < world["stop_with_end_share"],
            **{name: moments[name] // step * step for name in MOMENTS},
        }
    )
    return with_codes(lives.sort("applied", maintain_order=True), desk, portal, month)


def _arrival(scene: Scene, count: int) -> tuple[npt.NDArray[np.str_], Ints, Ints]:
    """Channel, application and acceptance: at the counter within minutes, online within a day."""
    world = parameters("world")
    month, rng, calendar = scene.month, scene.rng, scene.calendar
    first, end = np.searchsorted(calendar.days, [month.start // DAY, month.end // DAY])
    share = rng.random(count)
    online = share < month.between(world["online_share"])
    postal = ~online & (share > 1 - world["postal_share"])
    working_day = first + rng.random(count) * (end - first)
    at_counter = calendar.from_working((working_day * WORKING_DAY).astype(np.int64))
    minutes = (1 + rng.random(count) * 14).astype(np.int64) * 60
    hour = 6 + 17.5 * rng.random(count)  # people apply from six in the morning to half past eleven at night
    day = month.start // DAY + (rng.random(count) * ((month.end - month.start) // DAY)).astype(np.int64)
    from_home = day * DAY + (hour * HOUR).astype(np.int64)
    wait = (600 + rng.random(count) ** 2 * 9 * HOUR).astype(np.int64)
    accepted = calendar.from_working(calendar.to_working(from_home) + wait)
    channel = np.select([online, postal], ["online", "postal"], "direct")
    return (
        channel,
        np.where(online, from_home, at_counter),
        np.where(online, accepted, at_counter + minutes),
    )


def _before_reorganisation(scene: Scene, office: Ints, applied: Ints, received: Ints) -> tuple[Ints, Ints]:
    """An agency that ends with the month empties its in-tray: nothing waits for a desk that is gone."""
    month, calendar = scene.month, scene.calendar
    ends = (scene.desk.offices["valid_to_date"] == month.next_first).fill_null(value=False).to_numpy()[office]
    pending = ends & (received >= month.end)
    back = (scene.rng.random(len(applied)) * 3 * WORKING_DAY).astype(np.int64) + HOUR
    at_desk = calendar.from_working(calendar.to_working(np.full(len(applied), month.end)) - back)
    return np.where(pending, at_desk - 300, applied), np.where(pending, at_desk, received)


def _draw_endings(world: dict[str, Any], count: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    endings = world["endings"]
    share = rng.random(count)
    bounds = np.cumsum(list(endings.values()))
    return np.array([*endings, "finished"])[np.searchsorted(bounds, share, side="right")]


def promise(rule: str, unit: npt.NDArray[Any], days: Ints, received: Ints, calendar: WorkingCalendar) -> Ints:
    """The promise: day of receipt not counted, a day off moves to the next working day."""
    day, second = np.divmod(received, DAY)
    index = calendar.index_from(day)
    same_day = unit == "same_day"
    counted = np.where(same_day, (second >= _SAME_DAY_UNTIL).astype(np.int64), days)
    in_calendar = calendar.day_at(calendar.index_from(day + days))
    due_day = np.where(unit == "calendar", in_calendar, calendar.day_at(index + counted))
    at_closing = (rule == "end_of_day") | same_day
    return due_day * DAY + np.where(at_closing, _CLOSING, second)


def _late_share(world: dict[str, Any], desk: Desk, office: Ints, month: Month) -> Floats:
    shock = world["late_share"]["after_reorganisation"]
    shaken = shock["first_month"] <= month.first.isoformat()[:7] <= shock["last_month"]
    return desk.offices["late_share"].to_numpy()[office] * (shock["factor"] if shaken else 1.0)


def _course(scene: Scene, received: Ints, due: Ints, late: Flags) -> dict[str, Ints]:
    """Supplements, end and return in working time; waiting for the citizen moves due and end alike."""
    world = parameters("world")
    rng, calendar = scene.rng, scene.calendar
    count = len(received)
    start, promise = calendar.to_working(received), calendar.to_working(due)
    room = np.maximum(promise - start, 60)
    in_time = start + (room * (0.1 + 0.895 * rng.random(count) ** 0.7)).astype(np.int64)
    over = -np.log(1 - rng.random(count)) * 2.5 * WORKING_DAY
    over = np.where(rng.random(count) < world["stuck_share"], over * 40 + 30 * WORKING_DAY, over)
    end = np.where(late, promise + 60 + over.astype(np.int64), np.minimum(in_time, promise - 1))
    end = np.maximum(end, start + 1)

    share = rng.random(count)
    twice = share < world["supplement_share"]["two"]
    once = share < world["supplement_share"]["two"] + world["supplement_share"]["one"]
    once &= room > WORKING_DAY
    twice &= once
    usable = np.minimum(end, promise) - start
    asked_1 = start + (usable * 0.6 * rng.random(count)).astype(np.int64)
    asked_2 = asked_1 + ((start + usable - asked_1) * (0.1 + 0.8 * rng.random(count))).astype(np.int64)
    wait_1 = np.where(once, (1 + rng.random(count) * 9).astype(np.int64), 0) * WORKING_DAY
    wait_2 = np.where(twice, (1 + rng.random(count) * 9).astype(np.int64), 0) * WORKING_DAY
    end = end + wait_1 + wait_2
    at_once = rng.random(count) < world["fetched_at_once_share"]
    fetch = rng.random(count) * np.where(at_once, 2 * HOUR, 8 * WORKING_DAY)

    def moment(working: Ints, happens: Flags) -> Ints:
        return np.where(happens, calendar.from_working(working), NEVER)

    def moved(days: Ints) -> Ints:
        day = calendar.day_at(calendar.index_from(due // DAY) + days // WORKING_DAY)
        return np.asarray(np.minimum(day * DAY + due % DAY, NEVER))

    always = np.ones(count, dtype=np.bool_)
    return {
        "asked_1": moment(asked_1, once),
        "answered_1": moment(asked_1 + wait_1, once),
        "asked_2": moment(asked_2 + wait_1, twice),
        "answered_2": moment(asked_2 + wait_1 + wait_2, twice),
        "due_0": due,
        "due_1": moved(wait_1),
        "due_2": moved(wait_1 + wait_2),
        "ended": moment(end, always),
        "returned": moment(end + 60 + fetch.astype(np.int64), always),
    }


def with_codes(lives: pl.DataFrame, desk: Desk, portal: str, month: Month) -> pl.DataFrame:
    """Number the dossiers of each agency and day, in the order of application."""
    long_code = portal == "nghean_land" and month.first >= _LONG_CODES_SINCE
    day = pl.from_epoch(pl.col("applied"), time_unit="s").dt.date()
    prefix = desk.offices["prefix"].gather(lives["office"])
    numbered = lives.with_columns(prefix=prefix, day=day).with_columns(
        number=pl.int_range(1, pl.len() + 1).over("prefix", "day").cast(pl.String)
    )
    return numbered.with_columns(
        dossier_code=pl.concat_str(
            "prefix",
            pl.lit("-"),
            pl.col("day").dt.strftime("%Y%m%d" if long_code else "%y%m%d"),
            pl.lit("-"),
            pl.col("number").str.zfill(7 if long_code else 4),
        )
    ).drop("prefix", "day", "number")
