-- depends_on: {{ ref('int_dossiers_before') }}
with dossiers as (
    select
        source_system,
        agency_key,
        is_accepted,
        channel_code,
        applied_at,
        received_at,
        has_received_time,
        due_at,
        due_difference_reason,
        finished_at,
        has_finished_time,
        supplement_requested_at,
        1 as weight
    from {{ ref('int_dossiers_now') }}
    where is_current
    {%- if is_night() %}

    union all

    select
        source_system,
        agency_key,
        is_accepted,
        channel_code,
        applied_at,
        received_at,
        has_received_time,
        due_at,
        due_difference_reason,
        finished_at,
        has_finished_time,
        supplement_requested_at,
        -1 as weight
    from {{ ref('int_dossiers_before') }}
    where is_current
    {%- endif %}
),

happenings as (
    select
        source_system,
        agency_key,
        {{ month_of('received_at') }} as period_month_date,
        {%- for base in integrity_bases() %}
            case when {{ is_in_base(base) }} then weight else 0 end as {{ base }}_count,
        {%- endfor %}
        0 as closed_at_a_time_count
    from dossiers
    where received_at is not null

    union all

    select
        source_system,
        agency_key,
        {{ month_of('finished_at') }} as period_month_date,
        {%- for base in integrity_bases() %}
            0 as {{ base }}_count,
        {%- endfor %}
        weight as closed_at_a_time_count
    from dossiers
    where finished_at is not null and has_finished_time
),

changes as (
    select
        source_system,
        agency_key,
        period_month_date,
        {%- for base in integrity_bases() %}
            cast(sum({{ base }}_count) as bigint) as {{ base }}_count,
        {%- endfor %}
        cast(sum(closed_at_a_time_count) as bigint) as closed_at_a_time_count
    from happenings
    group by source_system, agency_key, period_month_date
)

-- in a night: what the runs before counted, and the difference; a month that nobody is left in goes afterwards
{%- if is_night() %}
    select
        changes.source_system,
        changes.agency_key,
        changes.period_month_date,
        {%- for base in integrity_bases() %}
            changes.{{ base }}_count + coalesce(made_before.{{ base }}_count, 0) as {{ base }}_count,
        {%- endfor %}
        changes.closed_at_a_time_count + coalesce(made_before.closed_at_a_time_count, 0) as closed_at_a_time_count
    from changes
    left join {{ this }} as made_before
        on
            changes.source_system = made_before.source_system
            and changes.agency_key = made_before.agency_key
            and changes.period_month_date = made_before.period_month_date
{%- else %}
    select * from changes
{%- endif %}
