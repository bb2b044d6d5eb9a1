-- depends_on: {{ ref('int_dossiers_before') }}
{%- set cell = ['source_system', 'agency_key', 'field_name', 'period_month_date', 'on_time_profile', 'formula_version',
    'calendar_version'] %}
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
        coalesce(field_name, 'unmapped') as field_name,
        period_month_date,
        on_time_profile_before_due as on_time_profile,
        formula_version,
        calendar_version,
        cast(sum(count_change) as bigint) as dossier_count
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

{%- if is_night() %}

-- what the runs before counted, and the difference; a cell that nobody is left in goes afterwards
select
    {{ listed(cell, 'changes') }},
    changes.dossier_count + coalesce(made_before.dossier_count, 0) as dossier_count
from changes
left join {{ this }} as made_before
    on
        changes.source_system = made_before.source_system
        and changes.agency_key = made_before.agency_key
        and changes.field_name = made_before.field_name
        and changes.period_month_date = made_before.period_month_date
        and changes.on_time_profile = made_before.on_time_profile
where changes.dossier_count != 0

{%- else %}

select
    {{ listed(cell) }},
    dossier_count
from changes

{%- endif %}
