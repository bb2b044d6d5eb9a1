with dossiers as (
    select * from {{ ref('int_dossier_current') }}
),

outcomes as (
    select * from {{ ref('int_dossier_outcomes') }}
),

extractions as (
    select * from {{ ref('int_source_extractions') }}
)

select
    dossiers.dossier_key,
    min(extractions.observed_at) as open_late_since_at
from dossiers
inner join outcomes on dossiers.dossier_key = outcomes.dossier_key
inner join extractions on dossiers.source_system = extractions.source_system
where
    outcomes.outcome_strict = 'open_late'
    and extractions.observed_at >= dossiers.state_first_observed_at
    and case
        when dossiers.has_due_time then extractions.observed_at > dossiers.due_at
        else extractions.observed_date > cast(dossiers.due_at as date)
    end
group by dossiers.dossier_key
