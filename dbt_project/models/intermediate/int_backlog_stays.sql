with holdings as (
    select * from {{ ref('int_backlog_holdings') }}
),

queues as (
    select * from {{ ref('dim_backlog_queue') }}
),

age_days as (
    select * from {{ ref('int_backlog_age_days') }}
),

-- a holder who takes a dossier over takes its age over
aged as (
    select
        queues.queue_number,
        holdings.weight,
        holdings.from_date,
        holdings.to_date,
        holdings.entry_code,
        holdings.exit_code,
        holdings.past_due_from_date,
        holdings.is_online,
        holdings.is_waiting_for_citizen,
        holdings.settled_code,
        holdings.is_end_unstated,
        case when age_days.date_day is not null then holdings.from_date end as age_1_date,
    {%- for number in range(2, 6) %}
        case
            when age_days.age_{{ number }}_date is not null
                then greatest(holdings.from_date, age_days.age_{{ number }}_date)
        end as age_{{ number }}_date
        {{- "," if not loop.last }}
    {%- endfor %}
    from holdings
    inner join queues
        on
            holdings.source_system = queues.source_system
            and holdings.agency_key = queues.agency_key
            and holdings.field_name = queues.field_name
    -- without a calendar, or received before it begins, there is no age
    left join age_days
        on
            holdings.source_system = age_days.source_system
            and holdings.age_from_date = age_days.date_day
)

select
    queue_number,
    weight,
    from_date,
    to_date,
    entry_code,
    exit_code,
    past_due_from_date,
    is_online,
    is_waiting_for_citizen,
    settled_code,
    is_end_unstated,
{%- for number in range(1, 6) %}
    {{ before_it_ends('age_' ~ number ~ '_date') }} as age_{{ number }}_from_date
    {{- "," if not loop.last }}
{%- endfor %}
from aged
