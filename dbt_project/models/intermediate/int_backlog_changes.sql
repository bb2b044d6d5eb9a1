with holdings as (
    select * from {{ ref('int_backlog_holdings') }}
),

ages as (
    select * from {{ ref('int_backlog_ages') }}
),

changes as (
    select source_system, agency_key, field_name, from_date as change_date, entry_code as change_code, 1 as amount
    from holdings
    where entry_code is not null

    union all

    select source_system, agency_key, field_name, to_date as change_date, exit_code as change_code, 1 as amount
    from holdings
    where exit_code is not null

    union all

    select
        source_system, agency_key, field_name, past_due_from_date as change_date, 'past_due' as change_code, 1 as amount
    from holdings
    where past_due_from_date is not null

    union all

    select source_system, agency_key, field_name, to_date as change_date, 'past_due' as change_code, -1 as amount
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
    {%- for code in ['received', 'reopened', 'finished', 'ended_without_result', 'handed_in', 'handed_out'] %}
    cast(sum(case when change_code = '{{ code }}' then amount else 0 end) as bigint) as {{ code }}_count,
    {%- endfor %}
    cast(sum(case when change_code = 'past_due' then amount else 0 end) as bigint) as past_due_change
    {%- for band in range(1, 6) %},
    cast(sum(case when change_code = 'age_{{ band }}' then amount else 0 end) as bigint) as age_{{ band }}_change
    {%- endfor %}
from changes
group by source_system, agency_key, field_name, change_date
