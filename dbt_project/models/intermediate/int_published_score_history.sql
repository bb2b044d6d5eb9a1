{% set key_of_start =
    'starts.unit_key, starts.formula_version, starts.period_type, starts.period_start_date, starts.indicator_id'
%}
{% set key = 'unit_key, formula_version, period_type, period_start_date, indicator_id' %}
with deliveries as (
    select * from {{ ref('stg_published_scores') }}
),

-- of two files of one moment one is enough; which one does not depend on the order they came in
observations as (
    select * from deliveries
    qualify row_number() over (
        partition by {{ key }}, observed_at
        order by file_sha256 nulls last, row_number nulls last
    ) = 1
),

compared as (
    select
        *,
        row_number() over (partition by {{ key }} order by observed_at nulls last) as observation_number,
        lag(score) over (partition by {{ key }} order by observed_at nulls last) as previous_score,
        lag(unit_rank) over (partition by {{ key }} order by observed_at nulls last) as previous_rank
    from observations
),

numbered as (
    select
        *,
        sum(
            case
                when
                    observation_number = 1
                    or score is distinct from previous_score
                    or unit_rank is distinct from previous_rank
                    then 1
                else 0
            end
        ) over (
            partition by {{ key }} order by observed_at nulls last
            rows between unbounded preceding and current row
        ) as version_number
    from compared
),

placed as (
    select
        *,
        row_number() over (
            partition by {{ key }}, version_number order by observed_at nulls last
        ) as place_in_version,
        row_number() over (
            partition by {{ key }}, version_number order by observed_at desc nulls last
        ) as place_from_end
    from numbered
),

starts as (
    select * from placed
    where place_in_version = 1
),

ends as (
    select * from placed
    where place_from_end = 1
)

select
    starts.unit_key,
    starts.source_system,
    starts.unit_code,
    ends.unit_name,
    ends.unit_name_key,
    ends.unit_level,
    starts.period_type,
    starts.period_start_date,
    starts.formula_version,
    starts.indicator_id,
    starts.score,
    starts.unit_rank,
    starts.observed_at as valid_from_at,
    starts.file_sha256 as first_file_sha256,
    ends.observed_at as last_observed_at,
    ends.file_sha256 as last_file_sha256,
    cast(starts.version_number as bigint) as version_number,
    first_value(starts.score) over (
        partition by {{ key_of_start }}
        order by starts.version_number nulls last
    ) as first_reported_score,
    first_value(starts.observed_at) over (
        partition by {{ key_of_start }}
        order by starts.version_number nulls last
    ) as first_reported_at,
    lead(starts.observed_at) over (
        partition by {{ key_of_start }}
        order by starts.version_number nulls last
    ) as valid_to_at
from starts
inner join ends
    on
        starts.unit_key = ends.unit_key
        and starts.formula_version = ends.formula_version
        and starts.period_type = ends.period_type
        and starts.period_start_date = ends.period_start_date
        and starts.indicator_id = ends.indicator_id
        and starts.version_number = ends.version_number
