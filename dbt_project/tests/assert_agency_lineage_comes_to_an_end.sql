-- Following successors ends before the longest lineage is reached. A row here means that a register names successors in a
-- circle, or that `longest_lineage` in dbt_project.yml has become too short.
select
    agency_key,
    step_count
from {{ ref('int_agency_lineage') }}
where step_count >= {{ var('longest_lineage') }}
