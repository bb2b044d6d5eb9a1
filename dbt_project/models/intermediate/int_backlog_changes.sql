{%- set seldom = ['reopened_count', 'ended_without_result_count', 'handed_in_count', 'handed_out_count',
    'past_due_change', 'age_2_change', 'age_3_change', 'age_4_change', 'age_5_change'] -%}
{%- set later = ['past_due_from_date', 'age_2_from_date', 'age_3_from_date', 'age_4_from_date', 'age_5_from_date'] -%}
with stays as (
    select * from {{ ref('int_backlog_stays') }}
),

-- what nearly every dossier does is added up apart from what few do: the fewer sums, the less there is to hold
comings_and_goings as (
    select
        queue_number,
        from_date as change_date,
        case when entry_code in ('received', 'reopened') then weight else 0 end as received_count,
        0 as finished_count,
        case when age_1_from_date is not null then weight else 0 end as age_1_change
    from stays

    union all

    select
        queue_number,
        to_date as change_date,
        0 as received_count,
        case when exit_code in ('finished', 'ended_without_result') then weight else 0 end as finished_count,
        case when age_1_from_date is not null then -weight else 0 end as age_1_change
    from stays
    where to_date is not null
),

usual as (
    select
        queue_number,
        change_date,
        cast(sum(received_count) as int) as received_count,
        cast(sum(finished_count) as int) as finished_count,
        cast(sum(age_1_change) as int) as age_1_change
    from comings_and_goings
    group by queue_number, change_date
),

happenings as (
    select
        queue_number,
        from_date as change_date,
        case when entry_code = 'reopened' then weight else 0 end as reopened_count,
        0 as ended_without_result_count,
        case when entry_code = 'handed_in' then weight else 0 end as handed_in_count,
        0 as handed_out_count,
        0 as past_due_change,
        0 as age_2_change,
        0 as age_3_change,
        0 as age_4_change,
        0 as age_5_change
    from stays
    where entry_code in ('reopened', 'handed_in')

    union all

    -- what leaves takes with it what it counted for
    select
        queue_number,
        to_date as change_date,
        0 as reopened_count,
        case when exit_code = 'ended_without_result' then weight else 0 end as ended_without_result_count,
        0 as handed_in_count,
        case when exit_code = 'handed_out' then weight else 0 end as handed_out_count,
        case when past_due_from_date is not null then -weight else 0 end as past_due_change,
        case when age_2_from_date is not null then -weight else 0 end as age_2_change,
        case when age_3_from_date is not null then -weight else 0 end as age_3_change,
        case when age_4_from_date is not null then -weight else 0 end as age_4_change,
        case when age_5_from_date is not null then -weight else 0 end as age_5_change
    from stays
    where
        to_date is not null
        and (
            exit_code in ('ended_without_result', 'handed_out')
            or past_due_from_date is not null
            or age_2_from_date is not null
        )
    {%- for date in later %}

        union all

        select
            queue_number,
            {{ date }} as change_date,
        {%- for amount in seldom %}
            {%- set is_it = amount == date | replace('from_date', 'change') %}
            {{ 'weight' if is_it else '0' }} as {{ amount }}
            {{- "," if not loop.last }}
        {%- endfor %}
        from stays
        where {{ date }} is not null
    {%- endfor %}
),

unusual as (
    select
        queue_number,
        change_date,
    {%- for amount in seldom %}
        cast(sum({{ amount }}) as int) as {{ amount }}
        {{- "," if not loop.last }}
    {%- endfor %}
    from happenings
    group by queue_number, change_date
),

changes as (
    select
        coalesce(usual.queue_number, unusual.queue_number) as queue_number,
        coalesce(usual.change_date, unusual.change_date) as change_date,
    {%- for amount in backlog_amounts() %}
        coalesce({{ 'unusual' if amount in seldom else 'usual' }}.{{ amount }}, 0) as {{ amount }}
        {{- "," if not loop.last }}
    {%- endfor %}
    from usual
    full outer join unusual
        on
            usual.queue_number = unusual.queue_number
            and usual.change_date = unusual.change_date
)

select *
from changes
where
    -- what comes as another goes changes nothing
    {%- for amount in backlog_amounts() %}
        {{ 'or ' if not loop.first }}{{ amount }} != 0
    {%- endfor %}
