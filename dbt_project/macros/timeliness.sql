{#
  The present versions of dossiers with what the data cut decides: an open one turns late, and how late it is.
  Here: the columns of core.fct_procedure_timeliness over versions that are asked for, all or those of a night.
  Not here: how a version is judged before it is due (int_outcome_…, int_dossier_clock).
#}
{% macro judged_at_the_cut(versions) %}
with dossiers as (
    select * from {{ versions }}
    where is_current
),

data_cuts as (
    select * from {{ ref('dim_data_cut') }}
),

open_late as (
    select * from {{ ref('fct_open_late') }}
),

-- what depends on the night: open dossiers turn late at the data cut
judged as (
    select
        dossiers.*,
        data_cuts.data_cut_at,
        data_cuts.cut_working_minutes,
        data_cuts.cut_working_day_ordinal,
        {%- for id in on_time_definition_ids() %}
            {{ outcome_at_cut(id, 'data_cuts.data_cut_at', 'dossiers') }} as outcome_{{ id }},
        {%- endfor %}
        coalesce(
            dossiers.outcome_strict_before_due = 'open_in_time'
            and data_cuts.data_cut_at > dossiers.strict_in_time_until_at,
            false
        ) as is_open_late
    from dossiers
    inner join data_cuts
        on
            dossiers.source_system = data_cuts.source_system
            and dossiers.timesheet_code = data_cuts.timesheet_code
)

select
    judged.dossier_key,
    judged.source_system,
    judged.dossier_code,
    judged.agency_key,
    judged.agency_code,
    judged.agency_resolution,
    judged.has_delivered_agency,
    judged.procedure_key,
    judged.procedure_code,
    judged.procedure_name,
    judged.procedure_resolution,
    judged.field_name,
    judged.channel_code,
    judged.status_code,
    judged.applied_at,
    judged.received_at,
    judged.has_received_time,
    judged.due_at,
    judged.has_due_time,
    judged.planned_end_at,
    judged.finished_at,
    judged.has_finished_time,
    judged.returned_at,
    cast(judged.received_at as date) as received_date,
    cast(judged.due_at as date) as due_date,
    cast(judged.finished_at as date) as finished_date,
    judged.period_month_date,
    judged.stated_outcome_code,
    judged.supplement_request_count,
    judged.supplement_requested_at,
    judged.supplement_completed_at,
    judged.extension_count,
    judged.apologised_at,
    {%- for id in on_time_definition_ids() %}
        judged.outcome_{{ id }},
    {%- endfor %}
    judged.is_accepted,
    judged.is_closed,
    judged.is_open,
    {{ days_between('cast(judged.received_at as date)', 'cast(judged.finished_at as date)') }} as elapsed_days,
    judged.elapsed_working_days,
    case
        when judged.is_open_late then judged.cut_working_day_ordinal - judged.due_working_day_ordinal
        else judged.closed_late_working_days
    end as late_working_days,
    judged.elapsed_working_minutes,
    judged.allowed_working_minutes,
    -- greatest leaves nulls out, so what is unknown is left out before it
    case
        when not judged.is_open_late then judged.closed_late_working_minutes
        when judged.cut_working_minutes - judged.due_working_minutes is not null
            then greatest(judged.cut_working_minutes - judged.due_working_minutes, 0)
    end as late_working_minutes,
    judged.counted_elapsed_working_days,
    judged.counted_allowed_working_days,
    case
        when not judged.is_open_late then judged.counted_closed_late_working_days
        when judged.cut_working_day_ordinal - judged.due_working_day_ordinal is not null
            then greatest(judged.cut_working_day_ordinal - judged.due_working_day_ordinal - judged.due_moved_days, 0)
    end as counted_late_working_days,
    open_late.open_late_since_at,
    judged.state_first_observed_at,
    judged.first_observed_at,
    judged.last_observed_at,
    judged.observation_count,
    judged.data_cut_at,
    judged.calendar_version,
    judged.formula_version,
    judged.first_due_at,
    judged.last_due_at,
    judged.closing_due_at,
    judged.due_change_count,
    judged.has_due_changed_after_expiry,
    judged.no_longer_listed_since_at,
    case
        when judged.is_unsettled then {{ on_time_profile('judged', 'outcome_%s') }}
        else judged.on_time_profile_before_due
    end as on_time_profile,
    judged.recomputed_due_at,
    judged.due_difference_working_days,
    judged.due_difference_reason,
    judged.due_unknown_reason,
    judged.supplement_count,
    judged.supplement_count_basis
from judged
left join open_late on judged.dossier_key = open_late.dossier_key
{% endmacro %}
