-- depends_on: {{ ref('int_backlog_changes') }}
-- Closing = opening + received − finished + handed in − handed out, each age is part of the closing, nothing is
-- negative, and the spans of a queue follow upon each other without a gap: a span opens as the one before it closed.
-- A row here means that a backlog is told wrong; nothing may be published. The data team looks at int_backlog_holdings.
with spans as (
    select
        *,
        {{ days_between("cast('1970-01-01' as date)", 'from_date') }} as from_number,
        {{ days_between("cast('1970-01-01' as date)", 'to_date') }} as to_number
    from {{ ref('fct_backlog_span') }}
    {%- if is_night() %}
    where queue_number in (select changes.queue_number from {{ ref('int_backlog_changes') }} as changes)
    {%- endif %}
),

told_wrong as (
    select
        queue_number,
        from_date
    from spans
    where
        closing_count != opening_count + received_count - finished_count + handed_in_count - handed_out_count
        or from_date >= to_date
        or closing_count
        != closing_age_band_1_count
        + closing_age_band_2_count
        + closing_age_band_3_count
        + closing_age_band_4_count
        + closing_age_band_5_count
        + closing_age_unknown_count
        or closing_past_due_count > closing_count
        or least(
            opening_count,
            closing_count,
            closing_past_due_count,
            received_count - reopened_count,
            finished_count - ended_without_result_count,
            closing_age_band_1_count,
            closing_age_band_2_count,
            closing_age_band_3_count,
            closing_age_band_4_count,
            closing_age_band_5_count,
            closing_age_unknown_count
        )
        < 0
),

-- without looking from row to row: what closes on a day opens on it, and each day that ends a span begins the next
torn as (
    select
        queue_number,
        cast(null as date) as from_date
    from spans
    group by queue_number
    having
        sum(case when to_date is null then 1 else 0 end) != 1
        or sum(to_number) is distinct from nullif(sum(from_number) - min(from_number), 0)
        or coalesce(sum(closing_count * to_number), 0) != sum(opening_count * from_number)
        or coalesce(sum(case when to_date is not null then closing_count end), 0) != sum(opening_count)
)

select
    queue_number,
    from_date
from told_wrong
union all
select
    queue_number,
    from_date
from torn
