with channels as (
    select * from {{ ref('channels') }}
)

select
    channel_code,
    national_code,
    name_vi,
    name_en,
    source
from channels
