-- The one place where dossiers are counted by what is electronic about them; the marts of agencies add this one up.
{%- set dossiers -%}
    (
        select
            dossier_key,
            source_system,
            agency_key,
            procedure_key,
            channel_code,
            cast(received_at as date) as received_date,
            cast(date_trunc('month', received_at) as date) as received_month_date
        from {{ ref('fct_dossier_history') }}
        where is_current and received_at is not null
    ) as dossiers
{%- endset %}
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

received as (
    select
        dossiers.source_system,
        dossiers.agency_key,
        dossiers.procedure_key,
        dossiers.received_month_date,
        count(*) as dossier_count,
        count(nullif(dossiers.channel_code, 'unmapped')) as channel_known_dossier_count,
        count(case when dossiers.channel_code = 'online' then 1 end) as online_dossier_count,
        count(levels.online_level_code) as level_known_dossier_count,
        count(case when levels.online_level_code = 'full_process' then 1 end) as full_process_dossier_count
    from {{ dossiers }}
    left join procedures on dossiers.procedure_key = procedures.procedure_key
    left join levels
        on
            procedures.procedure_catalogue = levels.procedure_catalogue
            and procedures.procedure_code = levels.procedure_code
            and dossiers.received_date >= levels.valid_from_date
            and coalesce(dossiers.received_date < levels.valid_to_date, true)
    group by dossiers.source_system, dossiers.agency_key, dossiers.procedure_key, dossiers.received_month_date
),

-- fees and papers by themselves: few dossiers have any, and their sums would be kept for all
paid as (
    select
        source_system,
        agency_key,
        procedure_key,
        received_month_date,
        cast(sum(fee_vnd) as bigint) as fee_total_vnd,
        cast(median(fee_vnd) as double) as fee_median_vnd,
        count(*) as fee_known_dossier_count,
        count(case when has_obligation then 1 end) as obligation_dossier_count,
        count(case when has_obligation and is_paid_online then 1 end) as online_paid_dossier_count,
        count(fee_vnd) as fee_counted_dossier_count
    from {{ ref('int_dossier_fees') }}
    group by source_system, agency_key, procedure_key, received_month_date
),

digitised as (
    select
        dossiers.source_system,
        dossiers.agency_key,
        dossiers.procedure_key,
        dossiers.received_month_date,
        {%- for column in online_papers() %}
            cast(sum(papers.{{ column }}) as bigint) as {{ column }},
        {%- endfor %}
        count(*) as digitisation_known_dossier_count
    from {{ ref('fct_dossier_digitisation') }} as papers
    inner join {{ dossiers }} on papers.dossier_key = dossiers.dossier_key
    where papers.is_dossier_known
    group by dossiers.source_system, dossiers.agency_key, dossiers.procedure_key, dossiers.received_month_date
),

counted as (
    select
        received.*,
        paid.fee_total_vnd,
        paid.fee_median_vnd,
        coalesce(paid.fee_known_dossier_count, 0) as fee_known_dossier_count,
        coalesce(paid.obligation_dossier_count, 0) as obligation_dossier_count,
        coalesce(paid.online_paid_dossier_count, 0) as online_paid_dossier_count,
        coalesce(paid.fee_counted_dossier_count, 0) as fee_counted_dossier_count,
        coalesce(digitised.digitisation_known_dossier_count, 0) as digitisation_known_dossier_count,
        coalesce(digitised.component_count, 0) as component_count,
        coalesce(digitised.digitised_component_count, 0) as digitised_component_count,
        coalesce(digitised.reused_component_count, 0) as reused_component_count,
        coalesce(digitised.personal_store_component_count, 0) as personal_store_component_count,
        coalesce(digitised.result_count, 0) as result_count,
        coalesce(digitised.electronic_result_count, 0) as electronic_result_count
    from received
    left join paid
        on
            received.source_system = paid.source_system
            and received.agency_key = paid.agency_key
            and received.procedure_key = paid.procedure_key
            and received.received_month_date = paid.received_month_date
    left join digitised
        on
            received.source_system = digitised.source_system
            and received.agency_key = digitised.agency_key
            and received.procedure_key = digitised.procedure_key
            and received.received_month_date = digitised.received_month_date
)

select
    counted.source_system,
    counted.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    counted.procedure_key,
    procedures.procedure_code,
    procedures.procedure_name,
    procedures.field_name,
    counted.received_month_date,
    'calendar_month' as period_type,
    source_systems.data_cut_at,
    {{ online_figures('counted') }},
    counted.fee_median_vnd
from counted
left join agencies on counted.agency_key = agencies.agency_key
left join procedures on counted.procedure_key = procedures.procedure_key
left join source_systems on counted.source_system = source_systems.source_system
