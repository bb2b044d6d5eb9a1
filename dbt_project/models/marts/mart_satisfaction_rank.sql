with months as (
    select * from {{ ref('mart_agency_month_satisfaction') }}
),

minimums as (
    select * from {{ ref('measure_minimums') }}
    where measure = 'satisfaction_rank'
),

quarters as (
    select
        source_system,
        agency_key,
        agency_code,
        agency_name,
        agency_level,
        as_is_agency_code,
        as_is_agency_name,
        cast(date_trunc('quarter', period_month_date) as date) as period_quarter_date,
        cast(sum(rating_count) as bigint) as rating_count,
        cast(sum(answered_count) as bigint) as answered_count,
        cast(sum(satisfied_count) as bigint) as satisfied_count,
        cast(sum(finished_dossier_count) as bigint) as finished_dossier_count,
        cast(sum(rated_dossier_count) as bigint) as rated_dossier_count,
        max(data_cut_at) as data_cut_at
    from months
    group by
        source_system, agency_key, agency_code, agency_name, agency_level, as_is_agency_code, as_is_agency_name,
        cast(date_trunc('quarter', period_month_date) as date)
),

measured as (
    select
        quarters.*,
        minimums.minimum_count,
        case
            when quarters.agency_level is null then 'no_level'
            when quarters.answered_count < minimums.minimum_count then 'too_few_answers'
        end as no_rank_reason,
        {{ pct('quarters.satisfied_count', 'quarters.answered_count') }} as satisfied_pct,
        {{ wilson_low_pct('quarters.satisfied_count', 'quarters.answered_count') }} as satisfied_low_pct,
        {{ wilson_high_pct('quarters.satisfied_count', 'quarters.answered_count') }} as satisfied_high_pct,
        {{ pct('quarters.rated_dossier_count', 'quarters.finished_dossier_count') }} as response_rate_pct
    from quarters
    inner join minimums
        on
            quarters.period_quarter_date >= minimums.valid_from_date
            and (minimums.valid_to_date is null or quarters.period_quarter_date < minimums.valid_to_date)
)

select
    source_system,
    agency_key,
    agency_code,
    agency_name,
    agency_level,
    as_is_agency_code,
    as_is_agency_name,
    period_quarter_date,
    rating_count,
    answered_count,
    satisfied_count,
    satisfied_pct,
    satisfied_low_pct,
    satisfied_high_pct,
    finished_dossier_count,
    rated_dossier_count,
    response_rate_pct,
    no_rank_reason,
    data_cut_at,
    'calendar_quarter' as period_type,
    cast(minimum_count as bigint) as minimum_count,
    -- by the end that is certain, so that five friendly answers do not lead the table
    case
        when no_rank_reason is null
            then rank() over (
                partition by source_system, agency_level, period_quarter_date, no_rank_reason
                order by satisfied_low_pct desc nulls last
            )
    end as satisfaction_rank,
    case
        when no_rank_reason is null
            then count(*) over (partition by source_system, agency_level, period_quarter_date, no_rank_reason)
    end as ranked_agency_count
from measured
