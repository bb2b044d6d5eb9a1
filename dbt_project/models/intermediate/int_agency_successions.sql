with deliveries as (
    select * from {{ ref('stg_agency_successions') }}
),

-- a corrected table may name fewer successors than the one before, so the last one counts as a whole
last_said as (
    select *
    from deliveries
    qualify rank() over (
        partition by source_system, agency_code, succeeded_date
        order by observed_at desc nulls last, file_sha256 desc nulls last
    ) = 1
)

select
    agency_register,
    agency_code,
    agency_name,
    agency_name_key,
    parent_agency_code,
    parent_agency_name,
    parent_agency_name_key,
    successor_agency_code,
    successor_agency_name,
    successor_agency_name_key,
    successor_parent_code,
    successor_parent_name,
    successor_parent_name_key,
    succession_code,
    succession_label,
    known_from_date,
    succeeded_date,
    coalesce(succession_code in ('whole', 'unchanged', 'renamed'), false) as is_whole
from last_said
qualify row_number() over (
    partition by agency_register, agency_code, successor_agency_code, succeeded_date
    order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
) = 1
