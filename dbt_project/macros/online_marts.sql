{#
  What is done electronically, by month of receipt.
  Here: the figures of such a mart, and the marts of agencies as they were and as they are.
  Not here: what is counted of a dossier (mart_procedure_month_online; the agencies are its sums), what was to be paid
  for one (int_dossier_fees).
#}

{# What is counted of a dossier's papers. #}
{% macro online_papers() %}
{{ return([
    'component_count', 'digitised_component_count', 'reused_component_count', 'personal_store_component_count',
    'result_count', 'electronic_result_count',
]) }}
{% endmacro %}

{# What a mart counts and a coarser one adds up. #}
{% macro online_counts() %}
{{ return([
    'dossier_count', 'channel_known_dossier_count', 'online_dossier_count', 'level_known_dossier_count',
    'full_process_dossier_count', 'fee_known_dossier_count', 'obligation_dossier_count', 'online_paid_dossier_count',
    'fee_counted_dossier_count', 'fee_total_vnd', 'digitisation_known_dossier_count',
] + online_papers()) }}
{% endmacro %}

{# In a select list: the counts of a relation, and the rates over them. #}
{% macro online_figures(counted) -%}
    {{ counted }}.dossier_count,
    {{ counted }}.channel_known_dossier_count,
    {{ counted }}.online_dossier_count,
    {{ pct(counted ~ '.online_dossier_count', counted ~ '.channel_known_dossier_count') }} as online_pct,
    {{ counted }}.level_known_dossier_count,
    {{ counted }}.full_process_dossier_count,
    {{ pct(counted ~ '.full_process_dossier_count', counted ~ '.level_known_dossier_count') }} as full_process_pct,
    {{ counted }}.fee_known_dossier_count,
    {{ counted }}.obligation_dossier_count,
    {{ counted }}.online_paid_dossier_count,
    {{ pct(counted ~ '.online_paid_dossier_count', counted ~ '.obligation_dossier_count') }} as online_payment_pct,
    {{ counted }}.fee_counted_dossier_count,
    {{ counted }}.fee_total_vnd,
    cast(round(1.0 * {{ counted }}.fee_total_vnd / nullif({{ counted }}.fee_counted_dossier_count, 0), 2) as double)
        as fee_per_dossier_vnd,
    {{ counted }}.digitisation_known_dossier_count,
    {{ counted }}.component_count,
    {{ counted }}.digitised_component_count,
    {{ pct(counted ~ '.digitised_component_count', counted ~ '.component_count') }} as digitised_component_pct,
    {{ counted }}.reused_component_count,
    {{ pct(counted ~ '.reused_component_count', counted ~ '.component_count') }} as reused_component_pct,
    {{ counted }}.personal_store_component_count,
    {{ counted }}.result_count,
    {{ counted }}.electronic_result_count,
    {{ pct(counted ~ '.electronic_result_count', counted ~ '.result_count') }} as electronic_result_pct
{%- endmacro %}

{#
  A row for each agency and month: the sums over its procedures. A median cannot be added up, it is taken from the dossiers.
  is_as_is: whether for the agencies of today; what has no single one shares a row per reason, as in macros/as_is.sql.
#}
{% macro agency_month_online(is_as_is=false) -%}
{%- set by = ['source_system', 'counted_agency_key', 'no_agency_reason', 'received_month_date'] -%}
with agencies as (
    select
        *,
        {% if is_as_is -%}
        as_is_agency_key as counted_agency_key,
        case when as_is_status in ('split_unresolved', 'ended', 'unknown') then as_is_status end as no_agency_reason
        {%- else -%}
        agency_key as counted_agency_key,
        cast(null as string) as no_agency_reason
        {%- endif %}
    from {{ ref('dim_agency') }}
),

by_procedure as (
    select
        procedures.*,
        agencies.counted_agency_key,
        agencies.no_agency_reason
    from {{ ref('mart_procedure_month_online') }} as procedures
    inner join agencies on procedures.agency_key = agencies.agency_key
),

counted as (
    select
        {{ by | join(', ') }},
        max(data_cut_at) as data_cut_at
        {%- for column in online_counts() %},
        cast(sum({{ column }}) as bigint) as {{ column }}
        {%- endfor %}
    from by_procedure
    group by {{ by | join(', ') }}
),

medians as (
    select
        fees.source_system,
        agencies.counted_agency_key,
        agencies.no_agency_reason,
        fees.received_month_date,
        median(fees.fee_vnd) as fee_median_vnd
    from {{ ref('int_dossier_fees') }} as fees
    inner join agencies on fees.agency_key = agencies.agency_key
    where fees.fee_vnd is not null
    group by
        fees.source_system,
        agencies.counted_agency_key,
        agencies.no_agency_reason,
        fees.received_month_date
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
    counted.data_cut_at,
    {{ online_figures('counted') }},
    cast(medians.fee_median_vnd as double) as fee_median_vnd
from counted
left join agencies on counted.counted_agency_key = agencies.agency_key
left join medians
    on
        counted.source_system = medians.source_system
        and counted.counted_agency_key = medians.counted_agency_key
        and counted.no_agency_reason is not distinct from medians.no_agency_reason
        and counted.received_month_date = medians.received_month_date
{%- endmacro %}
