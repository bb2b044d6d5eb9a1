with dossiers as (
    select * from {{ ref('int_dossier_current') }}
),

outcomes as (
    select * from {{ ref('int_dossier_outcomes') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

plausible as (
    select
        dossiers.dossier_key,
        source_systems.calendar_code,
        cast(dossiers.received_at as date) as received_date,
        cast(dossiers.due_at as date) as due_date,
        cast(dossiers.finished_at as date) as finished_date,
        outcomes.data_cut_date,
        outcomes.outcome_strict,
        -- by date, as the days themselves are counted
        cast(dossiers.received_at as date) <= cast(dossiers.last_observed_at as date) as is_receipt_plausible,
        cast(dossiers.finished_at as date) >= cast(dossiers.received_at as date)
        and cast(dossiers.finished_at as date) <= cast(dossiers.last_observed_at as date) as is_end_plausible,
        cast(dossiers.due_at as date) >= cast(dossiers.received_at as date) as is_due_plausible
    from dossiers
    inner join outcomes on dossiers.dossier_key = outcomes.dossier_key
    inner join source_systems on dossiers.source_system = source_systems.source_system
    where source_systems.calendar_code is not null
)

select
    dossier_key,
    calendar_code,
    case when is_receipt_plausible and is_end_plausible then received_date end as elapsed_from_date,
    case when is_receipt_plausible and is_end_plausible then finished_date end as elapsed_to_date,
    case
        when outcome_strict = 'late' and is_receipt_plausible and is_due_plausible and is_end_plausible then due_date
        when outcome_strict = 'open_late' and is_receipt_plausible and is_due_plausible then due_date
    end as late_from_date,
    case
        when outcome_strict = 'late' and is_receipt_plausible and is_due_plausible and is_end_plausible
            then finished_date
        when outcome_strict = 'open_late' and is_receipt_plausible and is_due_plausible then data_cut_date
    end as late_to_date
from plausible
