with deliveries as (
    select * from {{ ref('stg_dossiers') }}
)

select *
from deliveries
where {{ is_of_this_run() }}
