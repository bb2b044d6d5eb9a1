with deliveries as (
    select * from {{ ref('stg_procedures') }}
)

select
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
    observed_at,
    procedure_catalogue || ':' || procedure_code as procedure_key,
    lower(trim(procedure_name)) as procedure_name_key
from deliveries
where procedure_catalogue is not null
qualify row_number() over (
    partition by procedure_catalogue, procedure_code
    order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
) = 1
