with scores as (
    {{ index_766_scores() }}
),

published as (
    select * from {{ ref('int_index_766_published') }}
),

compared as (
    {{ index_766_beside_published(
        'scores', 'criterion_code', comparable='scores.max_points = scores.group_max_points', whole='true'
    ) }}
)

select
    *,
    {{ index_766_difference() }} as difference_points
from compared
