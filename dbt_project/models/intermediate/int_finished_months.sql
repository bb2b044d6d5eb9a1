-- depends_on: {{ ref('int_dossiers_before') }}
with dossiers as (
    select
        *,
        1 as count_change
    from {{ ref('int_dossiers_now') }}
    where is_current and is_closed
    {%- if is_night() %}

    union all

    select
        *,
        -1 as count_change
    from {{ ref('int_dossiers_before') }}
    where is_current and is_closed
    {%- endif %}
),

changes as (
    select
        source_system,
        agency_key,
        cast(date_trunc('month', finished_at) as date) as finished_month_date,
        cast(sum(count_change) as bigint) as count_change
    from dossiers
    group by source_system, agency_key, cast(date_trunc('month', finished_at) as date)
)

-- in a night: what the runs before counted, and the difference; a month that nobody is left in goes afterwards
select
    changes.source_system,
    changes.agency_key,
    changes.finished_month_date,
    changes.count_change{% if is_night() %} + coalesce(made_before.dossier_count, 0){% endif %} as dossier_count
from changes
{%- if is_night() %}
    left join {{ this }} as made_before
        on
            changes.source_system = made_before.source_system
            and changes.agency_key = made_before.agency_key
            and changes.finished_month_date = made_before.finished_month_date
{%- endif %}
where changes.count_change != 0
