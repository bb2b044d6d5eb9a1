-- depends_on: {{ ref('int_backlog_spans_before') }}
{%- if is_night() %}
with spans as (
    select * from {{ ref('int_backlog_spans_before') }}
),

older as (
    select
        queue_number,
        from_date,
        received_count,
        reopened_count,
        finished_count,
        ended_without_result_count,
        handed_in_count,
        handed_out_count,
        opening_count,
        closing_past_due_count,
        {%- for number in range(1, 6) %}
            {% for band in range(number, 6) %}{{ " + " if not loop.first }}closing_age_band_{{ band }}_count{% endfor %} as aged_{{ number }}_count,
        {%- endfor %}
        row_number() over (partition by queue_number order by from_date asc nulls last) as place
    from spans
),

-- the first one read brings along what was there when it began
told_before as (
    select
        queue_number,
        from_date as change_date,
        case when place = 1 then opening_count else 0 end as carried_count,
        received_count,
        reopened_count,
        finished_count,
        ended_without_result_count,
        handed_in_count,
        handed_out_count,
        {{ backlog_since('closing_past_due_count') }} as past_due_change,
        {%- for number in range(1, 6) %}
            {{ backlog_since('aged_' ~ number ~ '_count') }} as age_{{ number }}_change{{ "," if not loop.last }}
        {%- endfor %}
    from older
),

told as (
    select * from told_before

    union all

    select
        queue_number,
        change_date,
        0 as carried_count,
        {%- for amount in backlog_amounts() %}
            {{ amount }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_backlog_changes') }}
),

added_up as (
    select
        queue_number,
        change_date,
        sum(carried_count) as carried_count,
        {%- for amount in backlog_amounts() %}
            sum({{ amount }}) as {{ amount }}{{ "," if not loop.last }}
        {%- endfor %}
    from told
    group by queue_number, change_date
),

changes as (
    select * from added_up
    where
        carried_count != 0
        {%- for amount in backlog_amounts() %}
            or {{ amount }} != 0
        {%- endfor %}
),
{%- else %}
    with changes as (
        select
            *,
            0 as carried_count
        from {{ ref('int_backlog_changes') }}
    ),
{%- endif %}

running as (
    select
        *,
        lead(change_date) over (partition by queue_number order by change_date asc nulls last) as next_change_date,
        {{ backlog_after('carried_count + ' ~ backlog_net()) }} as closing_count,
        {{ backlog_after('past_due_change') }} as closing_past_due_count,
    {%- for number in range(1, 6) %}
        {{ backlog_after('age_' ~ number ~ '_change') }} as aged_{{ number }}_count
        {{- "," if not loop.last }}
    {%- endfor %}
    from changes
)

select
    queue_number,
    change_date as from_date,
    next_change_date as to_date,
    cast(closing_count - ({{ backlog_net() }}) as bigint) as opening_count,
    cast(received_count as bigint) as received_count,
    cast(reopened_count as bigint) as reopened_count,
    cast(finished_count as bigint) as finished_count,
    cast(ended_without_result_count as bigint) as ended_without_result_count,
    cast(handed_in_count as bigint) as handed_in_count,
    cast(handed_out_count as bigint) as handed_out_count,
    closing_count,
    closing_past_due_count,
    aged_5_count as closing_age_band_5_count,
    aged_1_count - aged_2_count as closing_age_band_1_count,
    aged_2_count - aged_3_count as closing_age_band_2_count,
    aged_3_count - aged_4_count as closing_age_band_3_count,
    aged_4_count - aged_5_count as closing_age_band_4_count,
    closing_count - aged_1_count as closing_age_unknown_count
from running
