-- The last restatement of a month leaves the figure that mart_agency_month shows. A row here means that the history of
-- reported figures leaves a change out or tells one that never was: the data team looks at mart_restatement.
with last_restatements as (
    select *
    from {{ ref('mart_restatement') }}
    qualify row_number() over (
        partition by source_system, agency_key, period_month_date, definition_id
        order by night_date desc nulls last
    ) = 1
)

select
    restated.source_system,
    restated.agency_key,
    restated.period_month_date,
    restated.definition_id,
    restated.after_judged_count,
    restated.after_in_time_count,
    present.judged_count,
    present.in_time_count
from last_restatements as restated
left join {{ ref('mart_agency_month') }} as present
    on
        restated.source_system = present.source_system
        and restated.agency_key = present.agency_key
        and restated.period_month_date = present.period_month_date
        and restated.definition_id = present.definition_id
where
    restated.after_judged_count != coalesce(present.judged_count, 0)
    or restated.after_in_time_count != coalesce(present.in_time_count, 0)
