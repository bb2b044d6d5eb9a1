-- a dossier whose recomputed due moment is missing says why, and one that has it says nothing
select dossier_key
from {{ ref('fct_dossier_history') }}
where (recomputed_due_at is null) != (due_unknown_reason is not null)
