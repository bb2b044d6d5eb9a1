-- depends_on: {{ ref('int_dossiers_before') }}
with dossiers as (
    select
        *,
        1 as count_change
    from {{ ref('int_dossiers_now') }}
    where is_current and is_accepted and received_at is not null
    {%- if is_night() %}

    union all

    select
        *,
        -1 as count_change
    from {{ ref('int_dossiers_before') }}
    where is_current and is_accepted and received_at is not null
    {%- endif %}
),

changes as (
    select
        source_system,
        agency_key,
        cast(date_trunc('month', received_at) as date) as received_month_date,
        cast(sum(count_change) as bigint) as count_change,
        coalesce(channel_code, 'unmapped') as channel_code
    from dossiers
    group by
        source_system,
        agency_key,
        cast(date_trunc('month', received_at) as date),
        coalesce(channel_code, 'unmapped')
)

-- in a night: what the runs before counted, and the difference; a month that nobody is left in goes afterwards
select
    changes.source_system,
    changes.agency_key,
    changes.received_month_date,
    changes.channel_code,
    changes.count_change{% if is_night() %} + coalesce(made_before.dossier_count, 0){% endif %} as dossier_count
from changes
{%- if is_night() %}
    left join {{ this }} as made_before
        on
            changes.source_system = made_before.source_system
            and changes.agency_key = made_before.agency_key
            and changes.received_month_date = made_before.received_month_date
            and changes.channel_code = made_before.channel_code
{%- endif %}
where changes.count_change != 0
