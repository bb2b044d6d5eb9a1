-- All definitions carry the same version, the one stamped on every dossier. A row here means that a formula was
-- changed without raising the version of the set: figures of two versions would stand side by side as if
-- comparable.
select count(distinct formula_version) as version_count
from {{ ref('on_time_definitions') }}
having count(distinct formula_version) != 1
