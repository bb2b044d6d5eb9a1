with holdings as (
    select * from {{ ref('int_backlog_holdings') }}
),

ages as (
    select * from {{ ref('int_backlog_ages') }}
),

changes as (
    select
        source_system,
        agency_key,
        field_name,
        from_date as change_date,
        entry_code as change_code,
        1 as amount
    from holdings
    where entry_code is not null

    union all

    select
        source_system,
        agency_key,
        field_name,
        to_date as change_date,
        exit_code as change_code,
        1 as amount
    from holdings
    where exit_code is not null

    union all

    select
        source_system,
        agency_key,
        field_name,
        past_due_from_date as change_date,
        'past_due' as change_code,
        1 as amount
    from holdings
    where past_due_from_date is not null

    union all

    select
        source_system,
        agency_key,
        field_name,
        to_date as change_date,
        'past_due' as change_code,
        -1 as amount
    from holdings
    where past_due_from_date is not null and to_date is not null

    union all

    select
        source_system,
        agency_key,
        field_name,
        band_from_date as change_date,
        'age_' || cast(band_number as string) as change_code,
        1 as amount
    from ages

    union all

    select
        source_system,
        agency_key,
        field_name,
        to_date as change_date,
        'age_' || cast(band_number as string) as change_code,
        -1 as amount
    from ages
    where to_date is not null
)

select
    source_system,
    agency_key,
    field_name,
    change_date,
    {{ changed_count('received') }} as received_count,
    {{ changed_count('reopened') }} as reopened_count,
    {{ changed_count('finished') }} as finished_count,
    {{ changed_count('ended_without_result') }} as ended_without_result_count,
    {{ changed_count('handed_in') }} as handed_in_count,
    {{ changed_count('handed_out') }} as handed_out_count,
    {{ changed_count('past_due') }} as past_due_change,
    {{ changed_count('age_1') }} as age_1_change,
    {{ changed_count('age_2') }} as age_2_change,
    {{ changed_count('age_3') }} as age_3_change,
    {{ changed_count('age_4') }} as age_4_change,
    {{ changed_count('age_5') }} as age_5_change
from changes
group by source_system, agency_key, field_name, change_date
