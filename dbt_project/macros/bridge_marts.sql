{#
  The bridges of every agency, field and month, for agencies as they were and as they are.
  Here: the statement over a mart of profiles.
  Not here: why two definitions differ over a profile (dim_on_time_bridge), how points are shared out (bridge_points).
  Explained in docs/analyst.md, "From one rate to another".
#}

{% macro on_time_bridges(profile_mart) -%}
with profiles as (
    select * from {{ ref(profile_mart) }}
),

bridge as (
    select
        bridge.*
    from {{ ref('dim_on_time_bridge') }} as bridge
    inner join {{ ref('dim_on_time_definition') }} as first_one
        on bridge.first_definition_id = first_one.definition_id
    inner join {{ ref('dim_on_time_definition') }} as second_one
        on
            bridge.second_definition_id = second_one.definition_id
            and first_one.sort_order < second_one.sort_order
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

steps as (
    select
        profiles.source_system,
        profiles.agency_key,
        profiles.field_name,
        profiles.period_month_date,
        profiles.formula_version,
        profiles.calendar_version,
        profiles.data_cut_at,
        bridge.first_definition_id,
        bridge.second_definition_id,
        bridge.step_id,
        bridge.step_name_vi,
        bridge.step_order,
        sum(profiles.dossier_count) as dossier_count,
        sum(case when bridge.is_first_in_time then profiles.dossier_count else 0 end) as first_in_time,
        sum(case when bridge.is_first_judged then profiles.dossier_count else 0 end) as first_judged,
        sum(case when bridge.is_second_in_time then profiles.dossier_count else 0 end) as second_in_time,
        sum(case when bridge.is_second_judged then profiles.dossier_count else 0 end) as second_judged
    from profiles
    inner join bridge on profiles.on_time_profile = bridge.on_time_profile
    group by
        profiles.source_system,
        profiles.agency_key,
        profiles.field_name,
        profiles.period_month_date,
        profiles.formula_version,
        profiles.calendar_version,
        profiles.data_cut_at,
        bridge.first_definition_id,
        bridge.second_definition_id,
        bridge.step_id,
        bridge.step_name_vi,
        bridge.step_order
),

totalled as (
    select
        *,
        sum(first_in_time) over (cell) as first_in_time_count,
        sum(first_judged) over (cell) as first_judged_count,
        sum(second_in_time) over (cell) as second_in_time_count,
        sum(second_judged) over (cell) as second_judged_count
    from steps
    window cell as (
        partition by
            source_system,
            agency_key,
            field_name,
            period_month_date,
            first_definition_id,
            second_definition_id
    )
)

select
    totalled.source_system,
    totalled.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    totalled.field_name,
    totalled.period_month_date,
    totalled.first_definition_id,
    totalled.second_definition_id,
    totalled.step_id,
    totalled.step_name_vi,
    totalled.step_order,
    cast(totalled.dossier_count as bigint) as dossier_count,
    cast(totalled.second_in_time - totalled.first_in_time as bigint) as in_time_change_count,
    cast(totalled.second_judged - totalled.first_judged as bigint) as judged_change_count,
    cast(totalled.first_in_time_count as bigint) as first_in_time_count,
    cast(totalled.first_judged_count as bigint) as first_judged_count,
    cast(totalled.second_in_time_count as bigint) as second_in_time_count,
    cast(totalled.second_judged_count as bigint) as second_judged_count,
    cast(100.0 * totalled.first_in_time_count / nullif(totalled.first_judged_count, 0) as double) as first_on_time_pct,
    cast(100.0 * totalled.second_in_time_count / nullif(totalled.second_judged_count, 0) as double)
        as second_on_time_pct,
    {{ bridge_points(
        'totalled.second_in_time - totalled.first_in_time', 'totalled.second_judged - totalled.first_judged',
        'totalled.first_in_time_count', 'totalled.first_judged_count',
        'totalled.second_in_time_count', 'totalled.second_judged_count'
    ) }} as change_pct_points,
    totalled.formula_version,
    totalled.calendar_version,
    totalled.data_cut_at
from totalled
inner join agencies on totalled.agency_key = agencies.agency_key
where totalled.step_id != 'no_difference'
{%- endmacro %}
