-- A past dossier is in one cell of each level (steps apart, which not every portal tells), in every part of its allowed
-- time that it reached. A row here means that a level has lost dossiers, or counts them twice.
with summed as (
    select
        source_system,
        level_code,
        bin_number,
        sum(reached_count) as reached_count,
        sum(late_count) as late_count
    from {{ ref('fct_lateness_cell') }}
    where level_code != 'procedure_step'
    group by source_system, level_code, bin_number
)

select
    summed.source_system,
    summed.level_code,
    summed.bin_number
from summed
left join summed as whole
    on
        summed.source_system = whole.source_system
        and summed.bin_number = whole.bin_number
        and whole.level_code = 'system'
where
    whole.reached_count is null
    or summed.reached_count != whole.reached_count
    or summed.late_count != whole.late_count
    or summed.late_count > summed.reached_count
