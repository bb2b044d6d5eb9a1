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
        reopened_count,
        ended_without_result_count,
        handed_in_count,
        handed_out_count,
        past_due_change,
        age_1_change,
        age_2_change,
        age_3_change,
        age_4_change,
        age_5_change,
        received_count + reopened_count as received_count,
        finished_count + ended_without_result_count as finished_count
    from changes
),

running as (
    select
        *,
        lead(change_date) over (
            partition by source_system, agency_key, field_name order by change_date asc nulls last
        ) as next_change_date,
        {{ backlog_after('received_count - finished_count + handed_in_count - handed_out_count') }} as closing_count,
        {{ backlog_after('past_due_change') }} as closing_past_due_count,
        {{ backlog_after('age_1_change') }} as aged_1_count,
        {{ backlog_after('age_2_change') }} as aged_2_count,
        {{ backlog_after('age_3_change') }} as aged_3_count,
        {{ backlog_after('age_4_change') }} as aged_4_count,
        {{ backlog_after('age_5_change') }} as aged_5_count
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
    dated.closing_count,
    dated.closing_past_due_count,
    dated.aged_5_count as closing_age_band_5_count,
    dated.data_cut_at,
    calendar_versions.calendar_version,
    dated.closing_count - {{ on_day_of_change(
        'received_count - finished_count + handed_in_count - handed_out_count'
    ) }} as opening_count,
    {{ on_day_of_change('received_count') }} as received_count,
    {{ on_day_of_change('reopened_count') }} as reopened_count,
    {{ on_day_of_change('finished_count') }} as finished_count,
    {{ on_day_of_change('ended_without_result_count') }} as ended_without_result_count,
    {{ on_day_of_change('handed_in_count') }} as handed_in_count,
    {{ on_day_of_change('handed_out_count') }} as handed_out_count,
    dated.aged_1_count - dated.aged_2_count as closing_age_band_1_count,
    dated.aged_2_count - dated.aged_3_count as closing_age_band_2_count,
    dated.aged_3_count - dated.aged_4_count as closing_age_band_3_count,
    dated.aged_4_count - dated.aged_5_count as closing_age_band_4_count,
    dated.closing_count - dated.aged_1_count as closing_age_unknown_count
from dated
inner join source_systems on dated.source_system = source_systems.source_system
left join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
