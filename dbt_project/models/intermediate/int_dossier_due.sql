with all_cases as (
    select * from {{ ref('int_dossier_due_cases') }}
),

dossiers as (
    select
        dossier_key,
        due_at,
        extension_count,
        cast(due_at as date) as due_date
    from {{ ref('int_dossier_current') }}
),

supplements as (
    select * from {{ ref('int_dossier_supplements') }}
    where is_current
),

calendar as (
    select * from {{ ref('int_calendar_days') }}
),

known_cases as (
    select *
    from all_cases
    where due_unknown_reason is null
),

recomputed as (
    {{ recomputed_due('known_cases') }}
),

-- only what differs is asked whether plain weeks explain it
differing_cases as (
    select known_cases.*
    from known_cases
    inner join recomputed on known_cases.case_key = recomputed.case_key
    inner join dossiers on known_cases.case_key = dossiers.dossier_key
    where dossiers.due_date != recomputed.due_date
),

plain as (
    {{ recomputed_due('differing_cases', weeks='plain') }}
)

select
    dossiers.dossier_key,
    recomputed.due_at as recomputed_due_at,
    all_cases.limit_value,
    all_cases.limit_unit,
    all_cases.limit_source,
    all_cases.limit_basis,
    coalesce(
        all_cases.due_unknown_reason, case when recomputed.due_at is null then 'beyond_calendar' end
    ) as due_unknown_reason,
    stated_day.working_day_ordinal - recomputed_day.working_day_ordinal as due_difference_working_days,
    case
        when dossiers.due_date is null or recomputed.due_date is null then null
        when dossiers.due_date = recomputed.due_date then 'none'
        when dossiers.due_date = plain.due_date then 'calendar'
        when dossiers.extension_count > 0 then 'extension'
        when supplements.supplement_count > 0 then 'supplement'
        when dossiers.due_date > recomputed.due_date then 'padded'
        else 'shortened'
    end as due_difference_reason
from dossiers
inner join all_cases on dossiers.dossier_key = all_cases.case_key
inner join supplements on dossiers.dossier_key = supplements.dossier_key
left join recomputed on dossiers.dossier_key = recomputed.case_key
left join plain on dossiers.dossier_key = plain.case_key
left join calendar as stated_day
    on all_cases.calendar_code = stated_day.calendar_code and dossiers.due_date = stated_day.date_day
left join calendar as recomputed_day
    on all_cases.calendar_code = recomputed_day.calendar_code and recomputed.due_date = recomputed_day.date_day
