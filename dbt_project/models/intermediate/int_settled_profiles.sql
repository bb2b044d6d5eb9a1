-- depends_on: {{ ref('int_dossiers_before') }}
with dossiers as (
    select
        *,
        1 as count_change
    from {{ ref('int_dossiers_now') }}
    where is_current and not is_unsettled
    {%- if is_night() %}

    union all

    select
        *,
        -1 as count_change
    from {{ ref('int_dossiers_before') }}
    where is_current and not is_unsettled
    {%- endif %}
),

changes as (
    select
        source_system,
        agency_key,
        period_month_date,
        on_time_profile_before_due as on_time_profile,
        formula_version,
        calendar_version,
        cast(sum(count_change) as bigint) as count_change,
        coalesce(field_name, 'unmapped') as field_name
    from dossiers
    group by
        source_system,
        agency_key,
        coalesce(field_name, 'unmapped'),
        period_month_date,
        on_time_profile_before_due,
        formula_version,
        calendar_version
)

-- in a night: what the runs before counted, and the difference; a cell that nobody is left in goes afterwards
select
    changes.source_system,
    changes.agency_key,
    changes.field_name,
    changes.period_month_date,
    changes.on_time_profile,
    changes.formula_version,
    changes.calendar_version,
    changes.count_change{% if is_night() %} + coalesce(made_before.dossier_count, 0){% endif %} as dossier_count
from changes
{%- if is_night() %}
    left join {{ this }} as made_before
        on
            changes.source_system = made_before.source_system
            and changes.agency_key = made_before.agency_key
            and changes.field_name = made_before.field_name
            and changes.period_month_date = made_before.period_month_date
            and changes.on_time_profile = made_before.on_time_profile
{%- endif %}
where changes.count_change != 0
