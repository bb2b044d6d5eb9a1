with procedures as (
    select * from {{ ref('int_procedures') }}
),

summary_limits as (
    select *
    from {{ ref('int_procedure_limits') }}
    where channel_code = 'any' and valid_to_date is null
)

select
    procedures.procedure_key,
    procedures.procedure_catalogue,
    procedures.procedure_code,
    procedures.procedure_name,
    procedures.ministry_name,
    procedures.field_name,
    procedures.level_label,
    procedures.limit_label,
    procedures.limit_count,
    procedures.has_online_channel,
    procedures.has_postal_channel,
    procedures.has_direct_channel,
    procedures.observed_at as catalogue_observed_at,
    summary_limits.limit_value,
    summary_limits.limit_unit,
    summary_limits.limit_status
from procedures
left join summary_limits
    on
        procedures.procedure_catalogue = summary_limits.procedure_catalogue
        and procedures.procedure_code = summary_limits.procedure_code

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
    cast(null as timestamp) as catalogue_observed_at,
    cast(null as double) as limit_value,
    cast(null as string) as limit_unit,
    cast(null as string) as limit_status
