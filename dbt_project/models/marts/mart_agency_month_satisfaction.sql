with ratings as (
    select * from {{ ref('fct_satisfaction') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

source_systems as (
    select * from {{ ref('dim_source_system') }}
),

rated as (
    select
        source_system,
        agency_key,
        period_month_date,
        count(*) as rating_count,
        count(is_satisfied) as answered_count,
        count(*) filter (where is_satisfied) as satisfied_count,
        count(*) filter (where not has_dossier) as rating_without_dossier_count
    from ratings
    group by source_system, agency_key, period_month_date
),

rated_dossiers as (
    select
        source_system,
        agency_key,
        cast(date_trunc('month', dossier_finished_date) as date) as finished_month_date,
        count(*) as rated_dossier_count
    from ratings
    where dossier_finished_date is not null
    group by source_system, agency_key, cast(date_trunc('month', dossier_finished_date) as date)
),

finished as (
    select
        ended.source_system,
        ended.agency_key,
        ended.finished_month_date as period_month_date,
        ended.dossier_count as finished_dossier_count,
        coalesce(rated_dossiers.rated_dossier_count, 0) as rated_dossier_count
    from {{ ref('int_finished_months') }} as ended
    left join rated_dossiers
        on
            ended.source_system = rated_dossiers.source_system
            and ended.agency_key = rated_dossiers.agency_key
            and ended.finished_month_date = rated_dossiers.finished_month_date
),

-- only systems that let citizens rate at all have a response rate
rating_systems as (
    select distinct source_system from ratings
),

months as (
    select
        source_system,
        agency_key,
        period_month_date
    from rated
    union distinct
    select
        finished.source_system,
        finished.agency_key,
        finished.period_month_date
    from finished
    inner join rating_systems on finished.source_system = rating_systems.source_system
)

select
    months.source_system,
    months.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    months.period_month_date,
    source_systems.data_cut_at,
    'calendar_month' as period_type,
    cast(round(100.0 * rated.satisfied_count / nullif(rated.answered_count, 0), 2) as double) as satisfied_pct,
    {{ wilson_low_pct('rated.satisfied_count', 'rated.answered_count') }} as satisfied_low_pct,
    {{ wilson_high_pct('rated.satisfied_count', 'rated.answered_count') }} as satisfied_high_pct,
    cast(
        round(100.0 * finished.rated_dossier_count / nullif(finished.finished_dossier_count, 0), 2) as double
    ) as response_rate_pct,
    coalesce(rated.rating_count, 0) as rating_count,
    coalesce(rated.answered_count, 0) as answered_count,
    coalesce(rated.satisfied_count, 0) as satisfied_count,
    coalesce(rated.rating_without_dossier_count, 0) as rating_without_dossier_count,
    coalesce(finished.finished_dossier_count, 0) as finished_dossier_count,
    coalesce(finished.rated_dossier_count, 0) as rated_dossier_count,
    case
        when coalesce(rated.answered_count, 0) > 0 then null
        when coalesce(rated.rating_count, 0) > 0 then 'cannot_tell'
        else 'no_rating'
    end as no_rate_reason
from months
inner join agencies on months.agency_key = agencies.agency_key
inner join source_systems on months.source_system = source_systems.source_system
left join rated
    on
        months.source_system = rated.source_system
        and months.agency_key = rated.agency_key
        and months.period_month_date = rated.period_month_date
left join finished
    on
        months.source_system = finished.source_system
        and months.agency_key = finished.agency_key
        and months.period_month_date = finished.period_month_date
