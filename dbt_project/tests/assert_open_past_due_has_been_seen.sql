-- Whatever is open past due was so at some extraction, and nothing else was. A row here means that the moment a
-- dossier became overdue and the outcome disagree: the data team looks at fct_open_late.
select
    dossier_key,
    outcome_strict,
    open_late_since_at
from {{ timeliness_of_this_run() }}
where
    (outcome_strict = 'open_late') != (open_late_since_at is not null)
    or open_late_since_at > data_cut_at
