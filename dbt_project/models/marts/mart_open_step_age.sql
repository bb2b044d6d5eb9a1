with steps as (
    select * from {{ ref('fct_processing_step') }}
),

bands as (
    select * from {{ ref('step_age_bands') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

procedures as (
    select * from {{ ref('dim_procedure') }}
),

counted as (
    select
        source_system,
        procedure_key,
        agency_key,
        step_name,
        is_waiting_for_applicant,
        counted_in,
        age_band_code,
        count(*) as open_count,
        count(case when is_overdue then step_key end) as open_overdue_count,
        min(started_at) as oldest_started_at,
        max(data_cut_at) as data_cut_at
    from steps
    where is_open
    group by
        source_system,
        procedure_key,
        agency_key,
        step_name,
        is_waiting_for_applicant,
        counted_in,
        age_band_code
)

select
    counted.source_system,
    counted.procedure_key,
    procedures.procedure_code,
    procedures.procedure_name,
    counted.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    counted.step_name,
    counted.is_waiting_for_applicant,
    counted.counted_in,
    counted.age_band_code,
    bands.name_vi as age_band_name,
    bands.from_days,
    counted.open_count,
    counted.open_overdue_count,
    counted.oldest_started_at,
    counted.data_cut_at
from counted
inner join bands on counted.age_band_code = bands.age_band_code
inner join agencies on counted.agency_key = agencies.agency_key
inner join procedures on counted.procedure_key = procedures.procedure_key
