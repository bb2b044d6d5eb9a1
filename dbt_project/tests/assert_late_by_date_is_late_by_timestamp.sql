-- A dossier that ended on a later day than promised also ended at a later moment, under every definition. A row
-- here means that the definitions contradict each other: the data team looks at int_dossier_outcomes.
select
    dossier_key,
    outcome_strict,
    outcome_timestamp,
    outcome_date
from {{ ref('fct_procedure_timeliness') }}
where
    (outcome_date = 'late' and outcome_timestamp != 'late')
    or (outcome_date = 'early' and outcome_timestamp != 'on_time')
    or (outcome_strict in ('on_time', 'late') and outcome_strict != outcome_timestamp)
