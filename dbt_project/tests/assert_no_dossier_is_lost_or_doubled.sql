-- Every dossier of an accepted row is in the fact once. A row here means that a join dropped or multiplied
-- dossiers, and with them every rate; nothing may be published. In a night those that it made again, and every dossier
-- of a new file is one of them: the others were counted when they were made.
with accepted as (
    select
        source_system,
        count(distinct dossier_key) as dossier_count
    from {{ ref('stg_dossiers') }}
    where {{ is_of_this_run() }}
    group by source_system
),

modelled as (
    select
        source_system,
        count(*) as dossier_count
    from {{ ref('fct_procedure_timeliness') }}
    where {{ is_of_this_run() }}
    group by source_system
),

passed_over as (
    select
        source_system,
        count(distinct dossier_key) as dossier_count
    from {{ ref('stg_dossiers') }}
    where {{ is_of_new_file('dossiers') }} and not {{ is_of_this_run() }}
    group by source_system
)

select
    accepted.source_system,
    modelled.source_system as modelled_system,
    accepted.dossier_count as accepted_count,
    modelled.dossier_count as modelled_count
from accepted
full outer join modelled on accepted.source_system = modelled.source_system
where accepted.dossier_count is distinct from modelled.dossier_count

union all

select
    source_system,
    null as modelled_system,
    dossier_count as accepted_count,
    0 as modelled_count
from passed_over
