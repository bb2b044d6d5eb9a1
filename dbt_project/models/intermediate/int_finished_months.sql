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
        cast(sum(count_change) as bigint) as dossier_count
    from dossiers
    group by source_system, agency_key, cast(date_trunc('month', finished_at) as date)
)

{%- if is_night() %}

-- what the runs before counted, and the difference; a month that nobody is left in goes afterwards
select
    changes.source_system,
    changes.agency_key,
    changes.finished_month_date,
    changes.dossier_count + coalesce(made_before.dossier_count, 0) as dossier_count
from changes
left join {{ this }} as made_before
    on
        changes.source_system = made_before.source_system
        and changes.agency_key = made_before.agency_key
        and changes.finished_month_date = made_before.finished_month_date
where changes.dossier_count != 0

{%- else %}

select
    source_system,
    agency_key,
    finished_month_date,
    dossier_count
from changes

{%- endif %}
