-- A dossier that ended on a later day than promised also ended at a later moment, and one that ended a day earlier
-- ended in time, under every definition that looks at the stated promise. A row here means that the definitions
-- contradict each other: the data team looks at the int_outcome_ models.
select
    dossier_key,
    outcome_strict,
    outcome_session,
    outcome_date_level
from {{ timeliness_of_this_run() }}
where
    is_closed
    and due_at is not null
    and (
        (outcome_date_level = 'late' and outcome_strict not in ('late', 'not_applicable'))
        or (outcome_date_level = 'late' and outcome_session not in ('late', 'not_applicable'))
        or (outcome_date_level = 'early' and outcome_strict not in ('on_time', 'not_applicable'))
        or (outcome_session = 'late' and outcome_strict = 'on_time')
    )
