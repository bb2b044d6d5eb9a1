-- Table macros that lead from one rate to another. The rule why two definitions differ over a dossier is in
-- core.dim_on_time_bridge; here only the rows are chosen and summed. The first
-- row holds what both count alike. The percentage points of a step are those of the
-- dbt macro bridge_points: they add up to the difference exactly, in any order.
-- Explained in docs/analyst.md, "From one rate to another". Statements end with `;` at the end of a line.

create macro on_time_bridge(
    first_definition,
    second_definition,
    agency := null,
    as_is_agency := null,
    field := null,
    first_month := null,
    last_month := null,
    system := null,
    register := null
) as table
with chosen as (
    select bridge.*, profiles.dossier_count
    from marts.mart_on_time_profile as profiles
    inner join core.dim_on_time_bridge as bridge on profiles.on_time_profile = bridge.on_time_profile
    inner join core.dim_agency as agencies on profiles.agency_key = agencies.agency_key
    where
        bridge.first_definition_id = first_definition
        and bridge.second_definition_id = second_definition
        and (system is null or profiles.source_system = system)
        and (register is null or agencies.agency_register = register)
        and (agency is null or profiles.agency_key = agency or agencies.agency_code = agency)
        and (as_is_agency is null or agencies.as_is_agency_code = as_is_agency)
        and (field is null or profiles.field_name = field)
        and (first_month is null or profiles.period_month_date >= cast(first_month as date))
        and (last_month is null or profiles.period_month_date <= cast(last_month as date))
),

totals as (
    select
        coalesce(sum(dossier_count) filter (where is_first_in_time), 0) as first_in_time_count,
        coalesce(sum(dossier_count) filter (where is_first_judged), 0) as first_judged_count,
        coalesce(sum(dossier_count) filter (where is_second_in_time), 0) as second_in_time_count,
        coalesce(sum(dossier_count) filter (where is_second_judged), 0) as second_judged_count
    from chosen
),

steps as (
    select
        step_order,
        step_id,
        step_name_vi,
        sum(dossier_count) as dossier_count,
        coalesce(sum(dossier_count) filter (where is_second_in_time), 0)
        - coalesce(sum(dossier_count) filter (where is_first_in_time), 0) as in_time_change_count,
        coalesce(sum(dossier_count) filter (where is_second_judged), 0)
        - coalesce(sum(dossier_count) filter (where is_first_judged), 0) as judged_change_count
    from chosen
    group by step_order, step_id, step_name_vi
),

shared as (
    select
        steps.*,
        totals.*,
        100.0 * totals.first_in_time_count / nullif(totals.first_judged_count, 0) as first_on_time_pct,
        100.0 * totals.second_in_time_count / nullif(totals.second_judged_count, 0) as second_on_time_pct,
        100.0 * (
            steps.in_time_change_count
            - steps.judged_change_count * (
                totals.first_in_time_count / nullif(totals.first_judged_count, 0)
                + totals.second_in_time_count / nullif(totals.second_judged_count, 0)
            ) / 2
        ) / nullif((totals.first_judged_count + totals.second_judged_count) / 2, 0) as change_pct_points
    from steps
    cross join totals
)

select
    step_order,
    step_id,
    step_name_vi,
    cast(dossier_count as bigint) as dossier_count,
    cast(in_time_change_count as bigint) as in_time_change_count,
    cast(judged_change_count as bigint) as judged_change_count,
    change_pct_points,
    first_on_time_pct + sum(change_pct_points) over (
        order by step_order asc nulls last rows between unbounded preceding and current row
    ) as rate_after_pct,
    first_on_time_pct,
    second_on_time_pct,
    cast(first_in_time_count as bigint) as first_in_time_count,
    cast(first_judged_count as bigint) as first_judged_count,
    cast(second_in_time_count as bigint) as second_in_time_count,
    cast(second_judged_count as bigint) as second_judged_count
from shared
order by step_order asc nulls last;

create macro on_time_bridge_dossiers(
    first_definition,
    second_definition,
    step := null,
    agency := null,
    as_is_agency := null,
    field := null,
    first_month := null,
    last_month := null,
    system := null,
    register := null
) as table
select
    bridge.step_id,
    bridge.step_name_vi,
    dossiers.source_system,
    dossiers.dossier_code,
    agencies.agency_name,
    dossiers.procedure_name,
    dossiers.status_code,
    dossiers.received_at,
    dossiers.due_at,
    dossiers.finished_at,
    bridge.first_outcome,
    bridge.second_outcome,
    dossiers.dossier_key,
    dossiers.agency_key,
    dossiers.period_month_date
from core.fct_procedure_timeliness as dossiers
inner join core.dim_on_time_bridge as bridge on dossiers.on_time_profile = bridge.on_time_profile
inner join core.dim_agency as agencies on dossiers.agency_key = agencies.agency_key
where
    bridge.first_definition_id = first_definition
    and bridge.second_definition_id = second_definition
    and bridge.step_id != 'no_difference'
    and (step is null or bridge.step_id = step)
    and (system is null or dossiers.source_system = system)
    and (register is null or agencies.agency_register = register)
    and (agency is null or dossiers.agency_key = agency or agencies.agency_code = agency)
    and (as_is_agency is null or agencies.as_is_agency_code = as_is_agency)
    and (field is null or coalesce(dossiers.field_name, 'unmapped') = field)
    and (first_month is null or dossiers.period_month_date >= cast(first_month as date))
    and (last_month is null or dossiers.period_month_date <= cast(last_month as date));
