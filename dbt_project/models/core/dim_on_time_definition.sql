with definitions as (
    select * from {{ ref('on_time_definitions') }}
)

select
    definition_id,
    formula_version,
    name_vi,
    description,
    granularity,
    open_rule,
    null_due_rule,
    sort_order,
    name_en,
    counts_open_late,
    counts_open_in_time,
    supplement_rule,
    ended_rule,
    valid_from_date,
    valid_to_date,
    status,
    source
from definitions
