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
    status,
    source
from definitions
