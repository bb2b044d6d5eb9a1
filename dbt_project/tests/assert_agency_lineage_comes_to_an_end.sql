-- Following successors ends before the longest lineage is reached. A row here means that an agency went through
-- more reorganisations than are followed: the data team raises `longest_lineage` in dbt_project.yml.
{{ config(severity = 'warn') }}

select
    agency_key,
    step_count
from {{ ref('int_agency_lineage') }}
where step_count >= {{ var('longest_lineage') }}
