-- With and without an apology make all late dossiers; in good time, too late and not to be told make all
-- apologies. A row here means that a letter was counted for a dossier that is not late, or twice.
select
    source_system,
    agency_key,
    period_month_date
from {{ ref('mart_apology_compliance') }}
where
    without_apology_count < 0
    or cannot_tell_count < 0
    or apologised_count > letter_count + portal_apology_count
    or apologised_count + without_apology_count != late_dossier_count
