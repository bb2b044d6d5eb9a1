-- depends_on: {{ ref('int_dossiers_before') }}
-- grain: system × field × procedure × agency × part of the allowed time in which dossiers ended × late or not. Counts
-- only, so that a night adds and takes away and no past dossier is read again.
with dossiers as (
    select
        *,
        1 as count_change
    from {{ ref('int_dossiers_now') }}
    where is_current and outcome_strict_before_due in ('on_time', 'late')
    {%- if is_night() %}

    union all

    select
        *,
        -1 as count_change
    from {{ ref('int_dossiers_before') }}
    where is_current and outcome_strict_before_due in ('on_time', 'late')
    {%- endif %}
),

points as (
    {{ share_points() }}
),

clocked as (
    select
        dossiers.*,
        coalesce(dossiers.field_name, 'unmapped') as known_field_name,
        dossiers.outcome_strict_before_due = 'late' as is_late,
        {{ share_counted_in('dossiers') }} as counted_in
    from dossiers
),

-- what was late in the end was open through every part
shares as (
    select
        clocked.source_system,
        clocked.known_field_name as field_name,
        clocked.procedure_key,
        clocked.agency_key,
        clocked.is_late,
        clocked.count_change,
        case
            when clocked.is_late then 99
            else {{ share_point(used_amount('clocked', 'counted_in'), allowed_amount('clocked', 'counted_in')) }}
        end as share_point
    from clocked
    where clocked.counted_in is not null
),

changes as (
    select
        shares.source_system,
        shares.field_name,
        shares.procedure_key,
        shares.agency_key,
        shares.is_late,
        points.bin_number,
        cast(sum(shares.count_change) as bigint) as count_change
    from shares
    inner join points on shares.share_point = points.share_point
    group by
        shares.source_system,
        shares.field_name,
        shares.procedure_key,
        shares.agency_key,
        shares.is_late,
        points.bin_number
)

-- in a night: what the runs before counted, and the difference; a cell that nobody is left in goes afterwards
select
    changes.source_system,
    changes.field_name,
    changes.procedure_key,
    changes.agency_key,
    changes.is_late,
    changes.bin_number,
    changes.count_change{% if is_night() %} + coalesce(made_before.dossier_count, 0){% endif %} as dossier_count
from changes
{%- if is_night() %}
    left join {{ this }} as made_before
        on
            changes.source_system = made_before.source_system
            and changes.field_name = made_before.field_name
            and changes.procedure_key = made_before.procedure_key
            and changes.agency_key = made_before.agency_key
            and changes.is_late = made_before.is_late
            and changes.bin_number = made_before.bin_number
{%- endif %}
where changes.count_change != 0
