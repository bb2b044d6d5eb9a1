with evaluations as (
    select
        *,
        {{ quarter_start('evaluation_year', 'evaluation_quarter') }} as quarter_start_date
    from {{ ref('stg_self_evaluations') }}
),

named as (
    select * from {{ ref('int_register_agencies') }}
)

select
    named.agency_key,
    evaluations.quarter_start_date,
    evaluations.agency_name as delivered_agency_name,
    named.agency_resolution,
    evaluations.criterion_5_score,
    evaluations.criterion_8_score,
    evaluations.criterion_9_score,
    evaluations.source_label,
    evaluations.is_sample,
    evaluations.source_system
from evaluations
inner join named on {{ is_named_agency('evaluations', 'named', 'evaluations.quarter_start_date') }}
-- an agency that is spelt in two ways, or that nobody can tell, evaluates itself once
qualify row_number() over (
    partition by named.agency_key, evaluations.quarter_start_date
    order by evaluations.observed_at desc nulls last, evaluations.row_number desc nulls last
) = 1
