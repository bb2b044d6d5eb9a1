with procedures as (
    select * from {{ ref('int_procedures') }}
)

select
    procedure_key,
    procedure_catalogue,
    procedure_code,
    procedure_name,
    ministry_name,
    field_name,
    level_label,
    limit_label,
    limit_count,
    has_online_channel,
    has_postal_channel,
    has_direct_channel,
    observed_at as catalogue_observed_at
from procedures

union all

-- what no catalogue describes is shown, never dropped
select
    'unmapped' as procedure_key,
    cast(null as string) as procedure_catalogue,
    cast(null as string) as procedure_code,
    'Chưa xác định được thủ tục' as procedure_name,
    cast(null as string) as ministry_name,
    cast(null as string) as field_name,
    cast(null as string) as level_label,
    cast(null as string) as limit_label,
    cast(null as bigint) as limit_count,
    cast(null as boolean) as has_online_channel,
    cast(null as boolean) as has_postal_channel,
    cast(null as boolean) as has_direct_channel,
    cast(null as timestamp) as catalogue_observed_at
