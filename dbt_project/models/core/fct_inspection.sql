with inspections as (
    select * from {{ ref('stg_inspections') }}
),

cuts as (
    {{ register_cuts() }}
),

named as (
    select * from {{ ref('int_register_agencies') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
)

select
    inspections.source_system,
    inspections.inspection_code,
    inspections.agency_name as delivered_agency_name,
    named.agency_key,
    named.agency_resolution,
    agencies.agency_code,
    agencies.agency_name,
    inspections.inspected_date,
    inspections.finding_code,
    inspections.remedy_code,
    inspections.remedy_due_date,
    inspections.remedied_date,
    inspections.source_label,
    inspections.is_sample,
    cuts.data_cut_at,
    inspections.source_system || ':' || inspections.inspection_code as inspection_key,
    case
        when inspections.finding_code = 'none' then 'nothing_to_remedy'
        when inspections.remedied_date <= inspections.remedy_due_date then 'done_on_time'
        when inspections.remedied_date > inspections.remedy_due_date then 'done_late'
        when inspections.remedied_date is not null then 'done_without_due'
        when inspections.remedy_due_date is null or cuts.data_cut_date is null then 'cannot_tell'
        when cuts.data_cut_date > inspections.remedy_due_date then 'open_late'
        else 'open_in_time'
    end as remedy_outcome
from inspections
inner join named on {{ is_named_agency('inspections', 'named', 'inspections.inspected_date') }}
left join agencies on named.agency_key = agencies.agency_key
left join cuts on inspections.source_system = cuts.source_system
