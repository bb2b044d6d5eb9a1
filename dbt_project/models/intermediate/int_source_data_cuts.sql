with extractions as (
    select * from {{ ref('int_source_extractions') }}
)

select
    source_system,
    max(observed_at) as data_cut_at,
    max(observed_date) as data_cut_date
from extractions
group by source_system
