with deliveries as (
    select * from {{ ref('int_dossier_deliveries') }}
),

often_told as (
    select * from {{ ref('int_dossiers_often_told') }}
),

completed as (
    select * from {{ ref('int_dossier_completed') }}
),

told as (
    select deliveries.*
    from deliveries
    inner join often_told on deliveries.dossier_key = often_told.dossier_key
    -- of these no row stands for itself
    where deliveries.dossier_key not in (select completed.dossier_key from completed)
),

as_told as (
    select {{ listed(observed_columns()) }}
    from told
    -- the order never depends on what was ingested first
    qualify row_number() over (
        partition by dossier_key, observed_at
        order by row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
)

select {{ listed(observed_columns()) }}
from as_told

union all

select {{ listed(observed_columns()) }}
from completed
