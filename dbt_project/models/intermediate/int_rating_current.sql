with deliveries as (
    select * from {{ ref('stg_ratings') }}
)

select *
from deliveries
qualify row_number() over (
    partition by rating_key
    order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
) = 1
