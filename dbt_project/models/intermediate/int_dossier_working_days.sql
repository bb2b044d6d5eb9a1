with spans as (
    select * from {{ ref('int_dossier_working_spans') }}
),

calendar as (
    select * from {{ ref('int_calendar_days') }}
),

ordinals as (
    select
        spans.dossier_key,
        {{ working_day_ordinal('elapsed_from', 'spans.elapsed_from_date', 'spans.calendar_code') }}
            as elapsed_from_ordinal,
        {{ working_day_ordinal('elapsed_to', 'spans.elapsed_to_date', 'spans.calendar_code') }} as elapsed_to_ordinal,
        {{ working_day_ordinal('late_from', 'spans.late_from_date', 'spans.calendar_code') }} as late_from_ordinal,
        {{ working_day_ordinal('late_to', 'spans.late_to_date', 'spans.calendar_code') }} as late_to_ordinal
    from spans
    left join calendar as elapsed_from
        on spans.calendar_code = elapsed_from.calendar_code and spans.elapsed_from_date = elapsed_from.date_day
    left join calendar as elapsed_to
        on spans.calendar_code = elapsed_to.calendar_code and spans.elapsed_to_date = elapsed_to.date_day
    left join calendar as late_from
        on spans.calendar_code = late_from.calendar_code and spans.late_from_date = late_from.date_day
    left join calendar as late_to
        on spans.calendar_code = late_to.calendar_code and spans.late_to_date = late_to.date_day
)

select
    dossier_key,
    -- the day of receipt is not counted
    elapsed_to_ordinal - elapsed_from_ordinal as elapsed_working_days,
    late_to_ordinal - late_from_ordinal as late_working_days
from ordinals
