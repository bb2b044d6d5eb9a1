-- Closing = opening + received − finished + handed in − handed out, a day opens as the one before it closed, what is
-- past due and each age are part of the closing, and a grain has one row. A row here means that a backlog is told
-- wrong; nothing may be published. The data team looks at int_backlog_holdings.
with backlog as (
    select
        *,
        lag(date_day) over (
            partition by source_system, agency_key, field_name order by date_day asc nulls last
        ) as previous_date_day,
        lag(closing_count) over (
            partition by source_system, agency_key, field_name order by date_day asc nulls last
        ) as previous_closing_count
    from {{ ref('fct_backlog_daily') }}
)

select
    source_system,
    agency_key,
    field_name,
    date_day
from backlog
where
    closing_count != opening_count + received_count - finished_count + handed_in_count - handed_out_count
    or opening_count != coalesce(previous_closing_count, 0)
    or previous_date_day = date_day
    or (previous_closing_count > 0 and previous_date_day != {{ add_days('date_day', -1) }})
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
