with deliveries as (
    select * from {{ ref('stg_dossiers') }}
)

select * -- noqa: AM04
from deliveries
where {{ is_of_this_run() }}
