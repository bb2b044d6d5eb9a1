-- Of one procedure, source system, state, measure or band no two rows hold on a day. A row here would double a
-- dossier's clock or a step: the data team ends the older row in seeds/procedure_cutoffs.csv,
-- supplement_policies.csv, waiting_statuses.csv, measure_minimums.csv, apology_rules.csv or
-- self_evaluation_bands.csv where the newer begins.
with rules as (
    select
        procedure_catalogue || ':' || procedure_code as rule_of,
        valid_from_date,
        valid_to_date
    from {{ ref('procedure_cutoffs') }}
    union all
    select
        source_system as rule_of,
        valid_from_date,
        valid_to_date
    from {{ ref('supplement_policies') }}
    union all
    select
        status_code as rule_of,
        valid_from_date,
        valid_to_date
    from {{ ref('waiting_statuses') }}
    union all
    select
        measure as rule_of,
        valid_from_date,
        valid_to_date
    from {{ ref('measure_minimums') }}
    union all
    select
        rule_code as rule_of,
        valid_from_date,
        valid_to_date
    from {{ ref('apology_rules') }}
    union all
    select
        band_code as rule_of,
        valid_from_date,
        valid_to_date
    from {{ ref('self_evaluation_bands') }}
),

neighbours as (
    select
        *,
        lead(valid_from_date) over (partition by rule_of order by valid_from_date asc nulls last) as next_from_date
    from rules
)

select
    rule_of,
    valid_from_date
from neighbours
where next_from_date is not null and coalesce(valid_to_date > next_from_date, true)
