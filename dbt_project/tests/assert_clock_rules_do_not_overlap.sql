-- Of one procedure or one source system no two rows hold on a day. A row here would double a dossier's clock: the data
-- team ends the older row in seeds/procedure_cutoffs.csv or seeds/supplement_policies.csv where the newer begins.
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
