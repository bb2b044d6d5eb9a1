with group_scores as (
    {{ index_766_groups('mart_index_766', unit=[
        'unit_scope', 'agency_key', 'agency_code', 'agency_name', 'as_is_agency_code', 'as_is_agency_name', 'agency_level',
    ]) }}
),

published as (
    select * from {{ ref('int_index_766_published') }}
),

compared as (
    {{ index_766_beside_published(
        'group_scores', 'indicator_id', comparable='true', whole='group_scores.estimated_max_points = group_scores.max_points'
    ) }}
)

select
    *,
    {{ index_766_difference() }} as difference_points
from compared
