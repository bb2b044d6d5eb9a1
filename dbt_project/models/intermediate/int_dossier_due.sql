with cases as (
    select * from {{ ref('int_dossier_due_cases') }}
),

calendar as (
    select * from {{ ref('int_calendar_days') }}
),

recomputed as (
    {{ with_recomputed_due('cases', 'recomputed', keep=case_columns()) }}
),

-- only what differs is asked whether plain weeks explain it
differing as (
    select
        *, -- noqa: AM04
        cast(due_at as date) as due_date,
        case when cast(due_at as date) != recomputed_due_date then limit_from_at end as asked_from_at
    from recomputed
),

plain as (
    {{ with_recomputed_due(
        'differing', 'plain', weeks='plain', from_at='asked_from_at',
        keep=case_columns() + ['due_date', 'recomputed_due_at', 'recomputed_due_date'],
    ) }}
)

select
    {{ listed(case_columns(), 'plain') }},
    plain.recomputed_due_at,
    coalesce(
        plain.case_unknown_reason, case when plain.recomputed_due_at is null then 'beyond_calendar' end
    ) as due_unknown_reason,
    stated_day.working_day_ordinal - recomputed_day.working_day_ordinal as due_difference_working_days,
    case
        when plain.due_date is null or plain.recomputed_due_date is null then null
        when plain.due_date = plain.recomputed_due_date then 'none'
        when plain.due_date = plain.plain_due_date then 'calendar'
        when plain.extension_count > 0 then 'extension'
        when plain.supplement_count > 0 then 'supplement'
        when plain.due_date > plain.recomputed_due_date then 'padded'
        else 'shortened'
    end as due_difference_reason
from plain
left join calendar as stated_day
    on plain.calendar_code = stated_day.calendar_code and plain.due_date = stated_day.date_day
left join calendar as recomputed_day
    on plain.calendar_code = recomputed_day.calendar_code and plain.recomputed_due_date = recomputed_day.date_day
