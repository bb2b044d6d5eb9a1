select
    dossier_key,
    cast(null as timestamp) as recomputed_due_at,
    cast(null as string) as due_difference_reason
from {{ ref('int_dossier_current') }}
