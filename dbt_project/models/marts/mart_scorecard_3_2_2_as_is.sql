with scored as (
    {{ scorecard({
        'as_is_agency_key': 'agencies.as_is_agency_key',
        'no_agency_reason': "case when agencies.as_is_status in ('split_unresolved', 'ended', 'unknown') "
            ~ 'then agencies.as_is_status end',
        'agency_register': 'coalesce(agencies.agency_register, agencies.source_system)',
    }) }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
)

select
    scored.*,
    today.as_is_agency_code,
    today.agency_level,
    case
        when scored.no_agency_reason is null then today.agency_name
        when scored.no_agency_reason = 'split_unresolved' then 'Chưa xác định (tách)'
        when scored.no_agency_reason = 'ended' then 'Đã kết thúc, không có cơ quan kế thừa duy nhất'
        else 'Chưa xác định được cơ quan'
    end as as_is_agency_name
from scored
left join agencies as today on scored.as_is_agency_key = today.agency_key
