-- Numerators and denominators of every measure of the scorecard that is a ratio, one row for each place they come from;
-- whoever reads this adds them up. What they mean stands in seeds/scorecard_measures.csv.
with elapsed as (
    select
        agency_key,
        period_month_date,
        sum(dossier_count) as dossier_count,
        sum(used_working_days) as used_working_days,
        sum(allowed_working_days) as allowed_working_days,
        sum(supplement_count) as supplement_count,
        sum(repeated_supplement_count) as repeated_supplement_count
    from {{ ref('int_scorecard_elapsed') }}
    group by agency_key, period_month_date
),

online as (
    select * from {{ ref('mart_agency_month_online') }}
),

satisfaction as (
    select * from {{ ref('mart_agency_month_satisfaction') }}
),

petitions as (
    select * from {{ ref('mart_petition_month') }}
),

apologies as (
    select * from {{ ref('mart_apology_compliance') }}
),

-- dossiers of registers and months that petitions are told of; elsewhere no petition is not the same as none
petitioned as (
    select
        agencies.agency_register,
        min(petitions.period_month_date) as first_month_date,
        max(petitions.period_month_date) as last_month_date
    from petitions
    inner join {{ ref('dim_agency') }} as agencies on petitions.agency_key = agencies.agency_key
    group by agencies.agency_register
),

received as (
    select online.*
    from online
    inner join {{ ref('dim_agency') }} as agencies on online.agency_key = agencies.agency_key
    inner join petitioned
        on
            agencies.agency_register = petitioned.agency_register
            and online.received_month_date >= petitioned.first_month_date
            and online.received_month_date <= petitioned.last_month_date
),

strict as (
    select * from {{ ref('mart_agency_month') }}
    where definition_id = 'strict'
),

-- the state of the last day of a month that the portals have told of
month_ends as (
    select
        agency_key,
        date_day,
        sum(closing_count) as closing_count,
        sum(closing_past_due_count) as closing_past_due_count
    from {{ ref('fct_backlog_daily') }}
    where date_day = {{ add_days(add_months("cast(date_trunc('month', date_day) as date)", 1), -1) }}
    group by agency_key, date_day
),

{% set ratios = [
    ('late_apologised_pct', 'apologies', 'period_month_date', 'apologised_count', 'late_dossier_count'),
    ('petition_published_in_time_pct', 'petitions', 'period_month_date', 'publish_in_time_count', 'publish_judged_count'),
    ('online_pct', 'online', 'received_month_date', 'online_dossier_count', 'channel_known_dossier_count'),
    ('full_process_pct', 'online', 'received_month_date', 'full_process_dossier_count', 'level_known_dossier_count'),
    ('online_payment_pct', 'online', 'received_month_date', 'online_paid_dossier_count', 'obligation_dossier_count'),
    ('digitised_component_pct', 'online', 'received_month_date', 'digitised_component_count', 'component_count'),
    ('electronic_result_pct', 'online', 'received_month_date', 'electronic_result_count', 'result_count'),
    ('satisfied_pct', 'satisfaction', 'period_month_date', 'satisfied_count', 'answered_count'),
    ('response_rate_pct', 'satisfaction', 'period_month_date', 'rated_dossier_count', 'finished_dossier_count'),
    ('petition_unsatisfied_pct', 'petitions', 'period_month_date', 'unsatisfied_count', 'marked_count'),
    ('time_used_pct', 'elapsed', 'period_month_date', 'used_working_days', 'allowed_working_days'),
    ('fee_per_dossier_vnd', 'online', 'received_month_date', 'fee_total_vnd', 'fee_counted_dossier_count'),
    ('supplements_per_dossier', 'elapsed', 'period_month_date', 'supplement_count', 'dossier_count'),
    ('repeated_supplement_pct', 'elapsed', 'period_month_date', 'repeated_supplement_count', 'dossier_count'),
    ('attitude_petitions_per_1000', 'petitions', 'period_month_date', 'attitude_count', '0'),
    ('attitude_petitions_per_1000', 'received', 'received_month_date', '0', 'dossier_count'),
    ('strict_late_pct', 'strict', 'period_month_date', 'judged_count - in_time_count', 'judged_count'),
    ('backlog_past_due_pct', 'month_ends', "cast(date_trunc('month', date_day) as date)", 'closing_past_due_count',
        'closing_count'),
] -%}
counted as (
    {%- for measure, relation, month, numerator, denominator in ratios %}
        select
            '{{ measure }}' as measure_code,
            agency_key,
            {{ month }} as period_month_date,
            cast(sum({{ numerator }}) as bigint) as numerator_count,
            cast(sum({{ denominator }}) as bigint) as denominator_count
        from {{ relation }}
        group by agency_key, {{ month }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
)

select
    measure_code,
    agency_key,
    period_month_date,
    coalesce(numerator_count, 0) as numerator_count,
    coalesce(denominator_count, 0) as denominator_count
from counted
where period_month_date is not null and (numerator_count > 0 or denominator_count > 0)
