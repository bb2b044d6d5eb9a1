-- Every span whose working days can be asked for has them. A row here means that days were published as unknown
-- although both dates are possible: the data team extends seeds/calendar_exceptions.csv and calendar_versions.csv.
{{ config(severity = 'error') }}

with spans as (
    select
        dossier_key,
        received_date,
        due_date,
        finished_date,
        outcome_strict,
        elapsed_working_days,
        late_working_days,
        finished_date >= received_date and finished_date <= cast(last_observed_at as date) as has_elapsed_days,
        due_date >= received_date
        and (
            outcome_strict = 'open_late'
            or (
                outcome_strict = 'late'
                and finished_date >= received_date
                and finished_date <= cast(last_observed_at as date)
            )
        ) as has_late_days
    from {{ timeliness_of_this_run() }}
    -- only a system with a calendar names a version of it
    where
        calendar_version is not null
        and received_date <= cast(last_observed_at as date)
)

select
    dossier_key,
    received_date,
    due_date,
    finished_date,
    outcome_strict
from spans
where
    (has_elapsed_days and elapsed_working_days is null)
    or (has_late_days and late_working_days is null)
