{% set steps = petition_steps() %}
with petitions as (
    select * from {{ ref('fct_petition') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

clocks as (
    select * from {{ ref('petition_clocks') }}
    where step_id = 'resolve'
),

counted as (
    select
        source_system,
        agency_key,
        period_month_date,
        data_cut_at,
        calendar_version,
        {% for step in steps %}
            count(*) filter (where {{ step }}_outcome in ('on_time', 'late', 'open_late')) as {{ step }}_judged_count,
            count(*) filter (where {{ step }}_outcome = 'on_time') as {{ step }}_in_time_count,
            count(*) filter (where {{ step }}_outcome = 'cannot_tell') as {{ step }}_cannot_tell_count,
        {% endfor %}
        count(*) as petition_count,
        count(*) filter (where is_refused) as refused_count,
        count(*) filter (where is_resolved) as resolved_count,
        count(*) filter (where is_published) as published_count,
        count(*) filter (where is_about_attitude) as attitude_count,
        count(is_unsatisfied) as marked_count,
        count(*) filter (where is_unsatisfied) as unsatisfied_count
    from petitions
    group by source_system, agency_key, period_month_date, data_cut_at, calendar_version
)

select
    counted.source_system,
    counted.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    counted.period_month_date,
    'calendar_month' as period_type,
    counted.petition_count,
    counted.refused_count,
    counted.resolved_count,
    counted.published_count,
    counted.attitude_count,
    counted.marked_count,
    counted.unsatisfied_count,
    {{ pct('counted.unsatisfied_count', 'counted.marked_count') }} as unsatisfied_pct,
    {% for step in steps %}
        counted.{{ step }}_judged_count,
        counted.{{ step }}_in_time_count,
        counted.{{ step }}_cannot_tell_count,
        {{ pct('counted.' ~ step ~ '_in_time_count', 'counted.' ~ step ~ '_judged_count') }} as {{ step }}_in_time_pct,
    {% endfor %}
    clocks.formula_version,
    counted.calendar_version,
    counted.data_cut_at
from counted
inner join agencies on counted.agency_key = agencies.agency_key
left join clocks
    on
        counted.period_month_date >= clocks.valid_from_date
        and (clocks.valid_to_date is null or counted.period_month_date < clocks.valid_to_date)
