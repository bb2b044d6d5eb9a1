with dossiers as (
    select * from {{ ref('fct_dossier_history') }}
    where is_current and is_open and in_time_until_at is not null
),

data_cuts as (
    select * from {{ ref('dim_data_cut') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

thresholds as (
    select * from {{ ref('list_thresholds') }}
    where list_code = 'due_soon'
),

steps as (
    select * from {{ ref('fct_processing_step') }}
    where dossier_key is not null and is_open and not is_final
    qualify row_number() over (partition by dossier_key order by step_number desc nulls last) = 1
),

to_come as (
    select
        dossiers.*,
        data_cuts.data_cut_at,
        dossiers.due_working_day_ordinal - data_cuts.cut_working_day_ordinal as left_working_days,
        dossiers.due_working_minutes - data_cuts.cut_working_minutes as left_working_minutes
    from dossiers
    inner join data_cuts
        on
            dossiers.source_system = data_cuts.source_system
            and dossiers.timesheet_code = data_cuts.timesheet_code
    where dossiers.in_time_until_at >= data_cuts.data_cut_at
),

-- the narrowest that holds; without a calendar only hours can be counted
within as (
    select
        to_come.*,
        thresholds.threshold_code,
        thresholds.name_vi as threshold_name_vi
    from to_come
    inner join thresholds
        on
            (
                thresholds.unit = 'hour'
                and to_come.in_time_until_at <= {{ add_minutes('to_come.data_cut_at', 'thresholds.amount * 60') }}
            )
            or (thresholds.unit = 'working_day' and to_come.left_working_days <= thresholds.amount)
    qualify
        row_number() over (partition by to_come.dossier_key order by thresholds.sort_order asc nulls last) = 1
)

select
    {{ listed_dossier('within') }},
    within.threshold_code,
    within.threshold_name_vi,
    within.left_working_days,
    within.left_working_minutes,
    within.status_code,
    within.is_waiting_for_citizen,
    steps.step_name as open_step_name,
    steps.department_name as open_step_department_name,
    within.dossier_key,
    within.agency_key,
    within.data_cut_at,
    within.calendar_version
from within
inner join agencies on within.agency_key = agencies.agency_key
left join steps on within.dossier_key = steps.dossier_key
