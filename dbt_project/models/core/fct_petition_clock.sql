with clocks as (
    select * from {{ ref('int_petition_clocks') }}
)

select
    petition_key,
    source_system,
    step_id,
    start_date,
    due_date,
    end_date,
    outcome,
    elapsed_working_days,
    late_working_days,
    late_days,
    formula_version
from clocks
