{%- set rated_criteria = [1, 2, 3, 4, 6, 7] %}
with ratings as (
    select * from {{ ref('fct_satisfaction') }}
),

own as (
    select * from {{ ref('fct_self_evaluation') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

bands as (
    select * from {{ ref('self_evaluation_bands') }}
),

minimums as (
    select * from {{ ref('measure_minimums') }}
    where measure = 'self_evaluation_rank'
),

rated as (
    select
        agency_key,
        cast(date_trunc('quarter', period_month_date) as date) as quarter_start_date,
        {%- for criterion in rated_criteria %}
            count(criterion_{{ criterion }}_score) as criterion_{{ criterion }}_count,
            cast(sum(criterion_{{ criterion }}_score) as bigint) as criterion_{{ criterion }}_sum,
        {%- endfor %}
        count(*) as rating_count
    from ratings
    group by agency_key, cast(date_trunc('quarter', period_month_date) as date)
),

quarters as (
    select
        agency_key,
        quarter_start_date
    from rated
    union distinct
    select
        agency_key,
        quarter_start_date
    from own
),

-- the mean of what citizens marked; each criterion by those who marked it
scored as (
    select
        quarters.agency_key,
        quarters.quarter_start_date,
        coalesce(rated.rating_count, 0) as rating_count,
        {%- for criterion in rated_criteria %}
            cast(rated.criterion_{{ criterion }}_sum as double) / nullif(rated.criterion_{{ criterion }}_count, 0)
                as criterion_{{ criterion }},
        {%- endfor %}
        own.criterion_5_score,
        own.criterion_8_score,
        own.criterion_9_score,
        own.is_sample
    from quarters
    left join rated
        on
            quarters.agency_key = rated.agency_key
            and quarters.quarter_start_date = rated.quarter_start_date
    left join own
        on
            quarters.agency_key = own.agency_key
            and quarters.quarter_start_date = own.quarter_start_date
),

-- a sum with an unknown part is unknown: nothing is put in its place
totals as (
    select
        *,
        round(criterion_1 + criterion_2 + criterion_3 + criterion_4 + criterion_7, 2) as officer_score,
        round(
            criterion_1 + criterion_2 + criterion_3 + criterion_4 + criterion_5_score + criterion_6 + criterion_7
            + criterion_8_score + criterion_9_score,
            2
        ) as total_score
    from scored
),

banded as (
    select
        totals.*,
        bands.band_code,
        bands.name_vi as band_name_vi,
        bands.status as band_status_code,
        cast(minimums.minimum_count as bigint) as minimum_count,
        case
            when totals.criterion_5_score is null then 'no_own_marks'
            when totals.total_score is null then 'no_ratings'
            when totals.rating_count < minimums.minimum_count then 'too_few_ratings'
        end as no_rank_reason
    from totals
    left join bands
        on
            totals.total_score >= bands.min_score
            and (bands.below_score is null or totals.total_score < bands.below_score)
            and totals.quarter_start_date >= bands.valid_from_date
            and (bands.valid_to_date is null or totals.quarter_start_date < bands.valid_to_date)
    inner join minimums
        on
            totals.quarter_start_date >= minimums.valid_from_date
            and (minimums.valid_to_date is null or totals.quarter_start_date < minimums.valid_to_date)
)

select
    banded.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    banded.quarter_start_date,
    'calendar_quarter' as period_type,
    banded.rating_count,
    {%- for criterion in rated_criteria %}
        cast(round(banded.criterion_{{ criterion }}, 2) as double) as criterion_{{ criterion }}_mean_score,
    {%- endfor %}
    banded.criterion_5_score,
    banded.criterion_8_score,
    banded.criterion_9_score,
    cast(banded.officer_score as double) as officer_score,
    cast(banded.total_score as double) as total_score,
    banded.band_code,
    banded.band_name_vi,
    banded.band_status_code,
    banded.minimum_count,
    case
        when banded.no_rank_reason is null
            then rank() over (
                partition by agencies.agency_level, banded.quarter_start_date, banded.no_rank_reason
                order by banded.total_score desc nulls last
            )
    end as self_evaluation_rank,
    banded.no_rank_reason,
    coalesce(banded.is_sample, false) as has_sample_marks
from banded
inner join agencies on banded.agency_key = agencies.agency_key
