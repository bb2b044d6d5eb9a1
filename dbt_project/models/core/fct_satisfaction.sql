with ratings as (
    select * from {{ ref('int_rating_current') }}
),

dossiers as (
    select * from {{ ref('fct_procedure_timeliness') }}
),

resolution as (
    select * from {{ ref('int_agency_resolution') }}
),

answers as (
    select * from {{ ref('satisfaction_answers') }}
)

select
    ratings.rating_key,
    ratings.source_system,
    ratings.dossier_code,
    dossiers.dossier_key,
    dossiers.procedure_key,
    dossiers.outcome_strict,
    dossiers.on_time_profile,
    dossiers.finished_date as dossier_finished_date,
    ratings.rated_at,
    ratings.period_start_date,
    ratings.period_end_date,
    ratings.criterion_1_score,
    ratings.criterion_2_score,
    ratings.criterion_3_score,
    ratings.criterion_4_score,
    ratings.criterion_6_score,
    ratings.criterion_7_score,
    ratings.total_score,
    ratings.grade_label,
    ratings.satisfaction_code,
    answers.is_satisfied,
    ratings.observed_at as last_observed_at,
    -- a report names only its period: within it, the month in which the dossier was finished tells more
    cast(
        date_trunc(
            'month',
            case
                when ratings.rated_at is not null then cast(ratings.rated_at as date)
                when
                    dossiers.finished_date >= ratings.period_start_date
                    and dossiers.finished_date <= ratings.period_end_date
                    then dossiers.finished_date
                else coalesce(ratings.period_end_date, cast(ratings.observed_at as date))
            end
        ) as date
    ) as period_month_date,
    dossiers.dossier_key is not null as has_dossier,
    coalesce(dossiers.agency_key, resolution.agency_key) as agency_key
from ratings
inner join resolution
    on
        ratings.source_system = resolution.source_system
        and resolution.agency_code is null
        and ratings.agency_name_key is not distinct from resolution.agency_name_key
        and resolution.parent_agency_name_key is null
        and ratings.agency_anchor_date = resolution.agency_anchor_date
left join dossiers on ratings.dossier_key = dossiers.dossier_key
left join answers on ratings.satisfaction_code = answers.satisfaction_code
