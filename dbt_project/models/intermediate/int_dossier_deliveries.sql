with deliveries as (
    select * from {{ ref('stg_dossiers') }}
)

-- the digest is made here and not in staging: a night would make one for every row it then passes over
select
    *, -- noqa: AM04
    {{ digest(state_key_columns()) }} as state_key
from deliveries
where {{ is_of_this_run() }}
