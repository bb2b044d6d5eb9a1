with changes as (
    select * from {{ ref('int_backlog_changes') }}
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

summed as (
    select
        source_system,
        agency_key,
        field_name,
        change_date,
        received_count + reopened_count as received_count,
        reopened_count,
        finished_count + ended_without_result_count as finished_count,
        ended_without_result_count,
        handed_in_count,
        handed_out_count,
        past_due_change
        {%- for band in range(1, 6) %},
        age_{{ band }}_change
        {%- endfor %}
    from changes
),

running as (
    select
        *,
        lead(change_date) over (
            partition by source_system, agency_key, field_name order by change_date asc nulls last
        ) as next_change_date,
        cast(
            sum(received_count - finished_count + handed_in_count - handed_out_count) over (
                partition by source_system, agency_key, field_name
                order by change_date asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as closing_count,
        cast(
            sum(past_due_change) over (
                partition by source_system, agency_key, field_name
                order by change_date asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as closing_past_due_count
        {%- for band in range(1, 6) %},
        cast(
            sum(age_{{ band }}_change) over (
                partition by source_system, agency_key, field_name
                order by change_date asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as aged_{{ band }}_count
        {%- endfor %}
    from summed
),

-- a change holds until the next one; where nothing is open, days without a change have no row
filled as (
    select
        running.*,
        data_cuts.data_cut_at,
        {{ each_day(
            'running.change_date',
            "case when running.closing_count = 0 then running.change_date"
            ~ " when running.next_change_date is not null then " ~ add_days('running.next_change_date', -1)
            ~ " else data_cuts.data_cut_date end"
        ) }} as date_day
    from running
    inner join data_cuts on running.source_system = data_cuts.source_system
),

dated as (
    select
        *,
        date_day = change_date as is_change
    from filled
)

select
    dated.source_system,
    dated.agency_key,
    dated.field_name,
    dated.date_day,
    case
        when dated.is_change
            then
                dated.closing_count
                - dated.received_count + dated.finished_count
                - dated.handed_in_count + dated.handed_out_count
        else dated.closing_count
    end as opening_count
    {%- for flow in [
        'received_count', 'reopened_count', 'finished_count', 'ended_without_result_count', 'handed_in_count',
        'handed_out_count',
    ] %},
    case when dated.is_change then dated.{{ flow }} else 0 end as {{ flow }}
    {%- endfor %},
    dated.closing_count,
    dated.closing_past_due_count
    {%- for band in range(1, 5) %},
    dated.aged_{{ band }}_count - dated.aged_{{ band + 1 }}_count as closing_age_band_{{ band }}_count
    {%- endfor %},
    dated.aged_5_count as closing_age_band_5_count,
    dated.closing_count - dated.aged_1_count as closing_age_unknown_count,
    dated.data_cut_at,
    calendar_versions.calendar_version
from dated
inner join source_systems on dated.source_system = source_systems.source_system
left join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
