{%- set answers = ['very_satisfied', 'neutral', 'unsatisfied', 'very_unsatisfied', 'unmapped'] %}
with ratings as (
    select * from {{ ref('fct_satisfaction') }}
),

profiles as (
    select * from {{ ref('dim_on_time_profile') }}
),

definitions as (
    select * from {{ ref('dim_on_time_definition') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

source_systems as (
    select * from {{ ref('dim_source_system') }}
),

-- by profile first, so that ratings are not multiplied by definitions
counted as (
    select
        source_system,
        agency_key,
        cast(date_trunc('year', period_month_date) as date) as period_year_date,
        on_time_profile,
        {%- for answer in answers %}
            count(*) filter (where satisfaction_code = '{{ answer }}') as {{ answer }}_count,
        {%- endfor %}
        count(*) as rating_count,
        count(is_satisfied) as answered_count,
        count(*) filter (where is_satisfied) as satisfied_count,
        count(*) filter (where satisfaction_code is null) as no_answer_count
    from ratings
    group by source_system, agency_key, cast(date_trunc('year', period_month_date) as date), on_time_profile
),

judged as (
    select
        counted.*,
        definitions.definition_id,
        definitions.formula_version,
        case
            when counted.on_time_profile is null then 'no_dossier'
            else
                case definitions.definition_id
                    {%- for id in on_time_definition_ids() %}
                        when '{{ id }}' then profiles.outcome_{{ id }}
                    {%- endfor %}
                end
        end as outcome
    from counted
    cross join definitions
    left join profiles on counted.on_time_profile = profiles.on_time_profile
),

added as (
    select
        source_system,
        agency_key,
        period_year_date,
        definition_id,
        formula_version,
        outcome,
        {%- for answer in answers %}
            cast(sum({{ answer }}_count) as bigint) as {{ answer }}_count,
        {%- endfor %}
        cast(sum(rating_count) as bigint) as rating_count,
        cast(sum(answered_count) as bigint) as answered_count,
        cast(sum(satisfied_count) as bigint) as satisfied_count,
        cast(sum(no_answer_count) as bigint) as no_answer_count
    from judged
    group by source_system, agency_key, period_year_date, definition_id, formula_version, outcome
)

select
    added.source_system,
    added.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    added.period_year_date,
    'calendar_year' as period_type,
    added.definition_id,
    added.formula_version,
    added.outcome,
    added.rating_count,
    added.answered_count,
    added.satisfied_count,
    {%- for answer in answers %}
        added.{{ answer }}_count,
    {%- endfor %}
    -- `satisfied_count` is all who are satisfied, this only the middle word
    added.satisfied_count - added.very_satisfied_count as plainly_satisfied_count,
    added.no_answer_count,
    {{ pct('added.satisfied_count', 'added.answered_count') }} as satisfied_pct,
    {{ wilson_low_pct('added.satisfied_count', 'added.answered_count') }} as satisfied_low_pct,
    {{ wilson_high_pct('added.satisfied_count', 'added.answered_count') }} as satisfied_high_pct,
    source_systems.data_cut_at
from added
inner join agencies on added.agency_key = agencies.agency_key
inner join source_systems on added.source_system = source_systems.source_system
