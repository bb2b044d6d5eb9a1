with late as (
    select * from {{ ref('fct_petition_clock') }}
    where outcome in ('late', 'open_late')
),

petitions as (
    select * from {{ ref('fct_petition') }}
),

clocks as (
    select * from {{ ref('petition_clocks') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
)

select
    late.petition_key,
    late.source_system,
    petitions.petition_code,
    late.step_id,
    clocks.name_vi as step_name_vi,
    clocks.limit_count as limit_working_days,
    petitions.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    petitions.topic_code,
    petitions.status_code,
    late.start_date,
    late.due_date,
    late.end_date,
    late.outcome,
    late.late_working_days,
    late.late_days,
    late.formula_version,
    petitions.calendar_version,
    petitions.data_cut_at
from late
inner join petitions on late.petition_key = petitions.petition_key
inner join agencies on petitions.agency_key = agencies.agency_key
inner join clocks
    on
        late.step_id = clocks.step_id
        and late.start_date >= clocks.valid_from_date
        and (clocks.valid_to_date is null or late.start_date < clocks.valid_to_date)
