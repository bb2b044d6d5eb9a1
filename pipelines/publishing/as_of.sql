-- Table macros that tell what was known on a night: everything extracted up to the end of that day, whenever it was
-- delivered. How a state is judged is already in core.fct_dossier_history; what only the data cut decides is said here.
-- What stands in braces is filled in for each definition by as_of.py.
-- Explained in docs/analyst.md, "As known on a night". Statements end with `;` at the end of a line.

create macro timeliness_as_of(night) as table
with data_cuts as (
    select source_system, max(observed_at) as data_cut_at
    from ops.ingestion_ledger
    where
        kind = 'dossiers'
        and status = 'accepted'
        and observed_at < cast(night as date) + interval 1 day
    group by source_system
)

select
    history.dossier_key,
    history.source_system,
    history.dossier_code,
    history.agency_key,
    history.agency_code,
    history.procedure_key,
    history.procedure_code,
    history.procedure_name,
    history.field_name,
    history.channel_code,
    history.status_code,
    history.applied_at,
    history.received_at,
    history.due_at,
    history.has_due_time,
    history.finished_at,
    history.returned_at,
    history.period_month_date,
    history.stated_outcome_code,
    {outcomes},
    history.is_accepted,
    history.is_closed,
    history.is_open,
    history.is_listed,
    history.no_longer_listed_since_at,
    history.valid_from_at,
    history.first_observed_at,
    data_cuts.data_cut_at,
    history.calendar_version,
    history.formula_version
from core.fct_dossier_history as history
inner join data_cuts on history.source_system = data_cuts.source_system
where
    history.valid_from_at < cast(night as date) + interval 1 day
    and (history.valid_to_at is null or history.valid_to_at >= cast(night as date) + interval 1 day);

create macro agency_month_as_of(night) as table
with outcomes as (
    select
        dossiers.source_system,
        dossiers.agency_key,
        dossiers.period_month_date,
        dossiers.data_cut_at,
        dossiers.calendar_version,
        definitions.definition_id,
        definitions.formula_version,
        definitions.counts_open_late,
        definitions.counts_open_in_time,
        case definitions.definition_id
            {outcome_of_definition}
        end as outcome
    from timeliness_as_of(night) as dossiers
    cross join core.dim_on_time_definition as definitions
),

counted as (
    select
        source_system,
        agency_key,
        period_month_date,
        definition_id,
        formula_version,
        calendar_version,
        data_cut_at,
        count(*) as dossier_count,
        count(*) filter (
            where outcome in ('early', 'on_time', 'late')
            or (counts_open_late and outcome = 'open_late')
            or (counts_open_in_time and outcome = 'open_in_time')
        ) as judged_count,
        count(*) filter (
            where outcome in ('early', 'on_time') or (counts_open_in_time and outcome = 'open_in_time')
        ) as in_time_count,
        count(*) filter (where outcome = 'early') as early_count,
        count(*) filter (where outcome in ('early', 'on_time')) as on_time_count,
        count(*) filter (where outcome = 'late') as late_count,
        count(*) filter (where outcome = 'open_late') as open_late_count,
        count(*) filter (where outcome = 'open_in_time') as open_in_time_count,
        count(*) filter (where outcome = 'cannot_tell') as cannot_tell_count,
        count(*) filter (where outcome = 'not_applicable') as not_applicable_count
    from outcomes
    group by all
)

select
    counted.source_system,
    counted.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    counted.period_month_date,
    counted.definition_id,
    counted.dossier_count,
    counted.judged_count,
    counted.in_time_count,
    counted.early_count,
    counted.on_time_count,
    counted.late_count,
    counted.open_late_count,
    counted.open_in_time_count,
    counted.cannot_tell_count,
    counted.not_applicable_count,
    counted.formula_version,
    counted.calendar_version,
    counted.data_cut_at,
    'calendar_month' as period_type,
    'due_else_received' as period_basis,
    cast(round(100.0 * counted.in_time_count / nullif(counted.judged_count, 0), 2) as double) as on_time_pct,
    cast(
        round(100.0 * (counted.judged_count - counted.in_time_count) / nullif(counted.judged_count, 0), 2) as double
    ) as late_pct,
    case
        when counted.judged_count > 0 then null
        when counted.open_in_time_count > 0 then 'not_yet_due'
        when counted.cannot_tell_count > 0 then 'cannot_tell'
        else 'not_applicable'
    end as no_rate_reason
from counted
inner join core.dim_agency as agencies on counted.agency_key = agencies.agency_key;
