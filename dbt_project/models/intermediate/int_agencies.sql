with deliveries as (
    select * from {{ ref('stg_agencies') }}
)

select
    agency_register,
    agency_code,
    agency_name,
    agency_name_key,
    agency_level,
    parent_agency_code,
    parent_agency_name,
    parent_agency_name_key,
    valid_from_date,
    valid_to_date,
    successor_agency_code,
    change_label,
    evidence_label,
    agency_register || ':' || agency_code || '@' || cast(valid_from_date as string) as agency_key
from deliveries
where agency_register is not null
qualify row_number() over (
    partition by agency_register, agency_code, valid_from_date
    order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
) = 1
