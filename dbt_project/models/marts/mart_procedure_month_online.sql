-- The one place where dossiers are counted by what is electronic about them; the marts of agencies add this one up.
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

fees as (
    select * from {{ ref('int_dossier_fees') }}
),

digitised as (
    select * from {{ ref('fct_dossier_digitisation') }}
    where is_dossier_known
),

dossiers as (
    select
        history.source_system,
        history.agency_key,
        history.procedure_key,
        history.channel_code,
        levels.online_level_code,
        fees.fee_vnd,
        digitised.component_count,
        digitised.digitised_component_count,
        digitised.reused_component_count,
        digitised.personal_store_component_count,
        digitised.result_count,
        digitised.electronic_result_count,
        cast(date_trunc('month', history.received_at) as date) as received_month_date,
        fees.dossier_key is not null as is_fee_known,
        coalesce(fees.has_obligation, false) as has_obligation,
        coalesce(fees.is_paid_online, false) as is_paid_online,
        digitised.digitisation_key is not null as is_digitisation_known
    from {{ ref('fct_dossier_history') }} as history
    left join procedures on history.procedure_key = procedures.procedure_key
    left join levels
        on
            procedures.procedure_catalogue = levels.procedure_catalogue
            and procedures.procedure_code = levels.procedure_code
            and cast(history.received_at as date) >= levels.valid_from_date
            and coalesce(cast(history.received_at as date) < levels.valid_to_date, true)
    left join fees on history.dossier_key = fees.dossier_key
    left join digitised on history.dossier_key = digitised.dossier_key
    where history.is_current and history.received_at is not null
),

counted as (
    select
        source_system,
        agency_key,
        procedure_key,
        received_month_date,
        cast(sum(fee_vnd) as bigint) as fee_total_vnd,
        cast(coalesce(sum(component_count), 0) as bigint) as component_count,
        cast(coalesce(sum(digitised_component_count), 0) as bigint) as digitised_component_count,
        cast(coalesce(sum(reused_component_count), 0) as bigint) as reused_component_count,
        cast(coalesce(sum(personal_store_component_count), 0) as bigint) as personal_store_component_count,
        cast(coalesce(sum(result_count), 0) as bigint) as result_count,
        cast(coalesce(sum(electronic_result_count), 0) as bigint) as electronic_result_count,
        count(*) as dossier_count,
        count(nullif(channel_code, 'unmapped')) as channel_known_dossier_count,
        count(case when channel_code = 'online' then 1 end) as online_dossier_count,
        count(online_level_code) as level_known_dossier_count,
        count(case when online_level_code = 'full_process' then 1 end) as full_process_dossier_count,
        count(case when is_fee_known then 1 end) as fee_known_dossier_count,
        count(case when has_obligation then 1 end) as obligation_dossier_count,
        count(case when has_obligation and is_paid_online then 1 end) as online_paid_dossier_count,
        count(fee_vnd) as fee_counted_dossier_count,
        count(case when is_digitisation_known then 1 end) as digitisation_known_dossier_count
    from dossiers
    group by source_system, agency_key, procedure_key, received_month_date
),

-- by itself: few dossiers have a fee, and a median holds on to all that it is asked about
medians as (
    select
        source_system,
        agency_key,
        procedure_key,
        received_month_date,
        median(fee_vnd) as fee_median_vnd
    from fees
    where fee_vnd is not null
    group by source_system, agency_key, procedure_key, received_month_date
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
    cast(medians.fee_median_vnd as double) as fee_median_vnd
from counted
left join agencies on counted.agency_key = agencies.agency_key
left join procedures on counted.procedure_key = procedures.procedure_key
left join source_systems on counted.source_system = source_systems.source_system
left join medians
    on
        counted.source_system = medians.source_system
        and counted.agency_key = medians.agency_key
        and counted.procedure_key = medians.procedure_key
        and counted.received_month_date = medians.received_month_date
