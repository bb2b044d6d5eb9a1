"""Column functions that look at a whole batch first, so that the usual case does no more than it needs.

Here: the first format that fits, work done once per distinct text, lists of reasons, hashing of many.
Not here: which format, word or reason (`typed.py`).
Explained in docs/decisions/0008-one-pass-from-text-to-rows.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

Reading = Callable[[pl.Expr], pl.Expr]
MOMENTS = pl.Struct({"at": pl.Datetime("us"), "has_clock": pl.Boolean()})
REASON_LIST = pl.List(pl.String())
# Above this share of distinct texts, finding them costs more than it saves.
MOSTLY_DISTINCT = 0.5
_CELL = pl.col("cell")


def applied(batch: pl.Series, function: Reading) -> pl.Series:
    """An expression of one column, over a series."""
    return batch.alias("cell").to_frame().select(function(_CELL).alias("made")).to_series()


def first_moment(text: pl.Expr, readings: Sequence[tuple[bool, Reading]]) -> pl.Expr:
    """Moment under the first reading that fits, and whether that reading has a clock.

    A reading is tried only on the cells that those before it left; mostly the first leaves none.
    """
    forms = [
        pl.struct(at=(at := reading(_CELL)), has_clock=pl.when(at.is_not_null()).then(pl.lit(is_clock)))
        for is_clock, reading in readings
    ]

    def parsed(batch: pl.Series) -> pl.Series:
        frame = pl.DataFrame({"cell": batch})
        wanted = batch.null_count()
        found = frame.select(made=forms[0])["made"]
        for form in forms[1:]:
            at = found.struct.field("at")
            if at.null_count() == wanted:
                break
            left = pl.when(at.is_null()).then(_CELL)
            more = frame.select(left).select(made=form)["made"]
            found = found.zip_with(at.is_not_null(), more)
        return found

    if not text.meta.root_names():  # the same for all rows: nothing to look at
        moments = [reading(text) for _, reading in readings]
        flags = [
            pl.when(m.is_not_null()).then(pl.lit(c)) for m, (c, _) in zip(moments, readings, strict=True)
        ]
        return pl.struct(at=pl.coalesce(*moments), has_clock=pl.coalesce(*flags))
    return text.map_batches(parsed, return_dtype=MOMENTS, is_elementwise=True)


def by_distinct(text: pl.Expr, function: Reading, dtype: pl.DataType) -> pl.Expr:
    """A dear function of text that keeps null as null, called once for each distinct text of a batch."""

    def made(batch: pl.Series) -> pl.Series:
        distinct = batch.drop_nulls().unique()
        if len(distinct) > len(batch) * MOSTLY_DISTINCT:
            return applied(batch, function)
        return batch.replace_strict(distinct, applied(distinct, function), default=None, return_dtype=dtype)

    if not text.meta.root_names():
        return function(text)
    return text.map_batches(made, return_dtype=dtype, is_elementwise=True)


def listed(conditions: Sequence[tuple[str, pl.Expr]]) -> pl.Expr:
    """The names of the conditions that hold, row by row; an empty list where none does."""
    names = [name for name, _ in conditions]
    if not conditions:
        return pl.lit([], dtype=REASON_LIST)

    def named(batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest()
        rows = frame.select(pl.any_horizontal(pl.all())).to_series().arg_true()
        nothing = pl.Series([[]], dtype=REASON_LIST).new_from_index(0, len(batch))
        if rows.is_empty():
            return nothing
        each = [pl.when(c).then(pl.lit(n)) for c, n in zip(frame.columns, names, strict=True)]
        lists = frame[rows].select(pl.concat_list(each).list.drop_nulls()).to_series()
        places = pl.DataFrame({"place": rows.cast(pl.UInt32), "list": lists})
        all_rows = pl.DataFrame({"place": pl.int_range(len(batch), dtype=pl.UInt32, eager=True)})
        joined = all_rows.join(places, on="place", how="left", maintain_order="left")["list"]
        return joined.zip_with(joined.is_not_null(), nothing)

    struct = pl.struct(condition.alias(str(place)) for place, (_, condition) in enumerate(conditions))
    return struct.map_batches(named, return_dtype=REASON_LIST, is_elementwise=True)
