"""What portals make of promises: padded, counted by a wrong calendar, put off by letter; ends after hours.

Here: changes to dossiers already drawn, from draws of their own, so that everything else stays as it was.
Not here: the life itself (`lives.py`), what the limit allows (`limits.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.sample.calendar import AFTERNOON, DAY, HOUR, NEVER, WORKING_DAY, WorkingCalendar
from pipelines.sample.lives import promise
from pipelines.sample.options import parameters

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipelines.sample.lives import Scene

    Flags = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_CLOSING = AFTERNOON[1]
_MINUTE = 60
_DUES = ("due_0", "due_1", "due_2")
_DRAWS = ("pad", "days", "after", "minute", "letter", "when")
_ANSWERS = ("answered_1", "answered_2")


def bend_promises(scene: Scene, lives: pl.DataFrame) -> pl.DataFrame:
    """Change promises and ends as `world.yaml`, `promises`, says.

    Args:
        scene: portal, month, calendar, and draws that nothing else uses.
        lives: what `draw_lives` returned.

    Returns:
        The same dossiers with changed `due_0` … `due_2`, `ended`, `returned`, and the new columns `extended`
        and `apologised` (moments, `NEVER` where it does not happen) and `due_extended`.
    """
    rules: dict[str, Any] = parameters("world")["promises"]
    draw = {name: scene.rng.random(lives.height) for name in _DRAWS}
    course = {name: lives[name].to_numpy().copy() for name in (*_DUES, "ended", "returned", "received")}
    course |= {name: lives[name].to_numpy() for name in ("asked_1", "asked_2", *_ANSWERS)}
    finished = (lives["ending"] == "finished").to_numpy()
    plain = _counted_by_plain_weeks(scene, lives, course, rules)
    _pad(scene, course, draw, rules, plain)
    _end_after_hours(course, draw, rules["after_hours_share"], finished)
    step = parameters("world")["portals"][scene.portal]["precision_seconds"]
    course |= _put_off(scene, course, draw, rules, finished)
    changed = (*_DUES, "ended", "returned", "extended", "apologised", "due_extended")
    return lives.with_columns(pl.Series(name, course[name] // step * step) for name in changed)


def _days_of(text: object) -> int:
    return (date.fromisoformat(str(text)) - date(1970, 1, 1)).days


def _counted_by_plain_weeks(
    scene: Scene, lives: pl.DataFrame, course: dict[str, Ints], rules: dict[str, Any]
) -> Flags:
    """Promises given while the portal's calendar knew no days off; waiting moves them by it too."""
    spans = rules["plain_weeks"].get(scene.portal, [])
    day = course["received"] // DAY
    inside = np.zeros(lives.height, dtype=np.bool_)
    for span in spans:
        inside |= (day >= _days_of(span["from"])) & (day <= _days_of(span["until"]))
    if not inside.any():
        return inside
    weeks = scene.calendar.plain_weeks()
    unit, count = scene.desk.promised(lives["service"].to_numpy(), lives["channel"].to_numpy())
    received = np.where(inside, course["received"], scene.month.start)
    rule = parameters("world")["portals"][scene.portal]["due_time"]
    first = promise(rule, unit, count, received, weeks)
    second = np.where(lives["has_due_time"].to_numpy(), first % DAY, 0)
    for number, name in enumerate(_DUES):
        waited = np.zeros(lives.height, dtype=np.int64)
        for asked, answered in (("asked_1", "answered_1"), ("asked_2", "answered_2"))[:number]:
            happened = course[answered] < NEVER
            through = (weeks.worked_through(course[m] // DAY) for m in (answered, asked))
            waited += np.where(happened, next(through) - next(through), 0)
        due_day = weeks.day_at(weeks.index_from(first // DAY) + waited)
        course[name] = np.where(inside, np.minimum(due_day * DAY + second, NEVER), course[name])
    return inside


def _later(calendar: WorkingCalendar, due: Ints, days: Ints) -> Ints:
    """A promise moved on by working days, its time of day kept; unmoved where the calendar ends."""
    day = calendar.day_at(calendar.index_from(due // DAY) + days)
    return np.where((day * DAY >= NEVER) | (days == 0), due, day * DAY + due % DAY)


def _pad(
    scene: Scene, course: dict[str, Ints], draw: dict[str, Floats], rules: dict[str, Any], plain: Flags
) -> None:
    padded = (draw["pad"] < rules["padded_share"].get(scene.portal, 0.0)) & ~plain
    days = np.where(padded, 1 + (draw["days"] * rules["padded_days"]).astype(np.int64), 0)
    # all three or none: the calendar's last days may hold the first promise only
    holds = _later(scene.calendar, course["due_2"], days) > course["due_2"]
    for name in _DUES:
        course[name] = _later(scene.calendar, course[name], np.where(holds, days, 0))


def _end_after_hours(
    course: dict[str, Ints], draw: dict[str, Floats], share: dict[str, float], finished: Flags
) -> None:
    """Results entered on the due day after the due hour: on time by date, late to the minute."""
    due, ended = course["due_2"], course["ended"]
    timed = np.where(due % DAY == 0, due + _CLOSING, due)
    overtime = ended // DAY - due // DAY
    in_time = (ended <= timed) & (draw["after"] < share["in_time"])
    soon_late = (ended > timed) & (overtime <= share["late_days"]) & (draw["after"] < share["late"])
    known = finished & (ended < NEVER) & (due < NEVER) & (timed > course["received"])
    # nobody ends what is still waited for
    known &= np.all([(course[name] < timed) | (course[name] >= NEVER) for name in _ANSWERS], axis=0)
    hit = known & (in_time | soon_late)
    closing = timed // DAY * DAY + _CLOSING + HOUR // 2
    latest = np.maximum(closing, timed + HOUR)
    after = timed + _MINUTE + (draw["minute"] * (latest - timed - _MINUTE)).astype(np.int64)
    until_fetched = course["returned"] - ended
    course["ended"] = np.where(hit, after, ended)
    fetched = hit & (course["returned"] < NEVER)
    course["returned"] = np.where(fetched, after + until_fetched, course["returned"])


def _put_off(
    scene: Scene, course: dict[str, Ints], draw: dict[str, Floats], rules: dict[str, Any], finished: Flags
) -> dict[str, Ints]:
    """Letters of the land offices: late dossiers put off with an apology, or an apology alone."""
    calendar = scene.calendar
    due, ended = course["due_2"], course["ended"]
    wording = rules["letters"].get(scene.portal, {"extended": 0.0, "apology_only": 0.0})
    late = finished & (due < NEVER) & (ended // DAY > due // DAY)
    closing = np.where(due < NEVER, due // DAY * DAY + _CLOSING, 0)
    lead = (draw["when"] * WORKING_DAY).astype(np.int64)
    before = calendar.from_working(np.maximum(calendar.to_working(closing) - 1 - lead, 0))
    behind = calendar.from_working(calendar.to_working(closing) + lead)
    extended = np.where(draw["minute"] < rules["extended_after_expiry_share"], behind, before)
    answered = np.max([np.where(course[n] < NEVER, course[n], 0) for n in _ANSWERS], axis=0)
    possible = late & (extended < ended) & (extended > np.maximum(answered, course["received"]))
    wished = calendar.index_from(np.minimum(ended, NEVER) // DAY) - calendar.index_from(closing // DAY)
    days = np.clip(wished + (draw["days"] * 2).astype(np.int64), 1, rules["extended_days"])
    moved = _later(calendar, np.where(due < NEVER, due, 0), days)
    put_off = possible & (draw["letter"] < wording["extended"]) & (moved > due)
    sorry = late & (behind < ended) & ~put_off
    sorry &= draw["letter"] < wording["extended"] + wording["apology_only"]
    return {
        "extended": np.where(put_off, extended, NEVER),
        "due_extended": np.where(put_off, moved, NEVER),
        "apologised": np.where(put_off, extended, np.where(sorry, behind, NEVER)),
    }
