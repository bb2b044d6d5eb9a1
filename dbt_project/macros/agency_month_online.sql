{#
  What agencies do electronically, by month of receipt, for agencies as they were and as they are: medians cannot be added up, so
  both are computed from the dossiers.
  is_as_is: whether for the agencies of today; what has no single one shares a row per reason, as in macros/as_is.sql.
#}
{% macro agency_month_online(is_as_is=false) -%}
{%- set by = 'source_system, counted_agency_key, no_agency_reason, received_month_date' -%}
with agencies as (
    select * from {{ ref('dim_agency') }}
),

procedures as (
    select * from {{ ref('dim_procedure') }}
),

levels as (
    select * from {{ ref('procedure_online_levels') }}
),

source_systems as (
    select * from {{ ref('dim_source_system') }}
),

-- one sum of money may stand in a receipt, a transaction and a line of fees: what was collected counts before what was asked for
paid as (
    select
        dossier_key,
        coalesce(
            sum(case when payment_record_code = 'receipt' and is_in_force then amount_vnd end),
            sum(case when payment_record_code = 'transaction' and payment_status_code = 'paid' then amount_vnd end),
            sum(case when payment_record_code = 'fee_line' and is_in_force then amount_vnd end)
        ) as fee_vnd,
        max(case when is_in_force and amount_vnd > 0 then 1 else 0 end) = 1 as has_obligation,
        max(case when is_in_force and amount_vnd > 0 and is_paid_online then 1 else 0 end) = 1 as is_paid_online
    from (
        select
            *,
            coalesce(payment_status_code, '') not in ('cancelled', 'refunded')
            and coalesce(collection_code, '') not in ('exempt', 'not_collected') as is_in_force
        from {{ ref('fct_payment') }}
        where is_dossier_known
    ) as payments
    group by dossier_key
),

digitised as (
    select * from {{ ref('fct_dossier_digitisation') }}
    where is_dossier_known
),

dossiers as (
    select
        history.source_system,
        {% if is_as_is -%}
        agencies.as_is_agency_key as counted_agency_key,
        case
            when agencies.as_is_status in ('split_unresolved', 'ended', 'unknown') then agencies.as_is_status
        end as no_agency_reason,
        {%- else -%}
        agencies.agency_key as counted_agency_key,
        cast(null as string) as no_agency_reason,
        {%- endif %}
        history.channel_code,
        cast(date_trunc('month', history.received_at) as date) as received_month_date,
        levels.online_level_code,
        paid.dossier_key is not null as is_fee_known,
        coalesce(paid.has_obligation, false) as has_obligation,
        coalesce(paid.is_paid_online, false) as is_paid_online,
        case when paid.has_obligation then paid.fee_vnd end as fee_vnd,
        digitised.digitisation_key is not null as is_digitisation_known,
        digitised.component_count,
        digitised.digitised_component_count,
        digitised.reused_component_count,
        digitised.personal_store_component_count,
        digitised.result_count,
        digitised.electronic_result_count
    from {{ ref('fct_dossier_history') }} as history
    inner join agencies on history.agency_key = agencies.agency_key
    left join procedures on history.procedure_key = procedures.procedure_key
    left join levels
        on
            procedures.procedure_catalogue = levels.procedure_catalogue
            and procedures.procedure_code = levels.procedure_code
            and cast(history.received_at as date) >= levels.valid_from_date
            and coalesce(cast(history.received_at as date) < levels.valid_to_date, true)
    left join paid on history.dossier_key = paid.dossier_key
    left join digitised on history.dossier_key = digitised.dossier_key
    where history.is_current and history.received_at is not null
),

counted as (
    select
        {{ by }},
        count(*) as dossier_count,
        count(nullif(channel_code, 'unmapped')) as channel_known_dossier_count,
        count(case when channel_code = 'online' then 1 end) as online_dossier_count,
        count(online_level_code) as level_known_dossier_count,
        count(case when online_level_code = 'full_process' then 1 end) as full_process_dossier_count,
        count(case when is_fee_known then 1 end) as fee_known_dossier_count,
        count(case when has_obligation then 1 end) as obligation_dossier_count,
        count(case when has_obligation and is_paid_online then 1 end) as online_paid_dossier_count,
        cast(sum(fee_vnd) as bigint) as fee_total_vnd,
        count(fee_vnd) as fee_counted_dossier_count,
        median(fee_vnd) as fee_median_vnd,
        count(case when is_digitisation_known then 1 end) as digitisation_known_dossier_count,
        cast(coalesce(sum(component_count), 0) as bigint) as component_count,
        cast(coalesce(sum(digitised_component_count), 0) as bigint) as digitised_component_count,
        cast(coalesce(sum(reused_component_count), 0) as bigint) as reused_component_count,
        cast(coalesce(sum(personal_store_component_count), 0) as bigint) as personal_store_component_count,
        cast(coalesce(sum(result_count), 0) as bigint) as result_count,
        cast(coalesce(sum(electronic_result_count), 0) as bigint) as electronic_result_count
    from dossiers
    group by {{ by }}
)

select
    counted.source_system,
    {% if is_as_is -%}
    counted.counted_agency_key as as_is_agency_key,
    agencies.as_is_agency_code,
    case
        when counted.no_agency_reason is null then agencies.agency_name
        when counted.no_agency_reason = 'split_unresolved' then 'Chưa xác định (tách)'
        when counted.no_agency_reason = 'ended' then 'Đã kết thúc, không có cơ quan kế thừa duy nhất'
        else 'Chưa xác định được cơ quan'
    end as as_is_agency_name,
    counted.no_agency_reason,
    {%- else -%}
    counted.counted_agency_key as agency_key,
    agencies.agency_code,
    agencies.agency_name,
    {%- endif %}
    agencies.agency_level,
    counted.received_month_date,
    'calendar_month' as period_type,
    source_systems.data_cut_at,
    counted.dossier_count,
    counted.channel_known_dossier_count,
    counted.online_dossier_count,
    {{ pct('counted.online_dossier_count', 'counted.channel_known_dossier_count') }} as online_pct,
    counted.level_known_dossier_count,
    counted.full_process_dossier_count,
    {{ pct('counted.full_process_dossier_count', 'counted.level_known_dossier_count') }} as full_process_pct,
    counted.fee_known_dossier_count,
    counted.obligation_dossier_count,
    counted.online_paid_dossier_count,
    {{ pct('counted.online_paid_dossier_count', 'counted.obligation_dossier_count') }} as online_payment_pct,
    counted.fee_counted_dossier_count,
    counted.fee_total_vnd,
    cast(round(1.0 * counted.fee_total_vnd / nullif(counted.fee_counted_dossier_count, 0), 2) as double)
        as fee_per_dossier_vnd,
    cast(counted.fee_median_vnd as double) as fee_median_vnd,
    counted.digitisation_known_dossier_count,
    counted.component_count,
    counted.digitised_component_count,
    {{ pct('counted.digitised_component_count', 'counted.component_count') }} as digitised_component_pct,
    counted.reused_component_count,
    {{ pct('counted.reused_component_count', 'counted.component_count') }} as reused_component_pct,
    counted.personal_store_component_count,
    counted.result_count,
    counted.electronic_result_count,
    {{ pct('counted.electronic_result_count', 'counted.result_count') }} as electronic_result_pct
from counted
left join agencies on counted.counted_agency_key = agencies.agency_key
left join source_systems on counted.source_system = source_systems.source_system
{%- endmacro %}
