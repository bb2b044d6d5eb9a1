{#
  The national index 766, estimated from counts.
  Here: how a criterion's share becomes points, what one point takes, and the statements of the marts for agencies as they were and
  as they are.
  Not here: maxima, thresholds and what no dossier gives (seeds/index_766_formulas.csv), what is counted (int_index_766_inputs).
  Explained in docs/index-766.md.
#}

{#
  Points of a criterion: the maximum × the share, rounded to two decimals, ÷ the share that gives full points; never below 0
  or above the maximum. In hundredths up to the division, so that a half is rounded up and not away with a binary fraction.
  Without a denominator what the rule says, null where it says nothing.
#}
{% macro index_766_points(numerator, denominator, max_points, full_points_at_pct, zero_denominator_points) -%}
    cast(
        case
            when {{ denominator }} = 0 then {{ zero_denominator_points }}
            else greatest(
                0,
                least(
                    {{ max_points }},
                    round(
                        cast(100 * {{ max_points }} * cast({{ pct(numerator, denominator) }} as decimal(9, 2)) as double)
                        / cast({{ full_points_at_pct }} as double)
                    ) / 100
                )
            )
        end
        as decimal(9, 2)
    )
{%- endmacro %}


{#
  How many more of the denominator have to be in the numerator for one more point, or for the maximum where less than a point is
  missing. By the share as it is, not rounded. Null without a denominator and where nothing is missing.
#}
{% macro index_766_needed(numerator, denominator, max_points, full_points_at_pct) -%}
    cast(
        case
            when {{ denominator }} > 0 and 100.0 * {{ numerator }} < {{ full_points_at_pct }} * {{ denominator }}
                then ceil(least(
                    cast({{ denominator }} as double) * cast({{ full_points_at_pct }} as double)
                    / (100 * cast({{ max_points }} as double)),
                    cast({{ denominator }} as double) * cast({{ full_points_at_pct }} as double) / 100 - {{ numerator }}
                ))
        end
        as bigint
    )
{%- endmacro %}


{#
  Every criterion that is estimated, for each unit and each month it has something to count in, and for the year up to the end of
  that month. A year never adds up months of two formula versions.
  is_as_is: for the agencies of today; the year is added up after their months were, so that it misses none of them.
#}
{% macro index_766_scores(is_as_is=false) -%}
{%- set unit = 'unit_scope, unit_agency_key, no_agency_reason' -%}
with agencies as (
    select * from {{ ref('dim_agency') }}
),

indicators as (
    select * from {{ ref('index_766_indicators') }}
),

formulas as (
    select * from {{ ref('index_766_formulas') }}
    where is_estimated
),

inputs as (
    select
        counts.unit_scope,
        {% if is_as_is -%}
        agencies.as_is_agency_key as unit_agency_key,
        case
            when agencies.as_is_status in ('split_unresolved', 'ended', 'unknown') then agencies.as_is_status
        end as no_agency_reason,
        {%- else -%}
        counts.agency_key as unit_agency_key,
        cast(null as string) as no_agency_reason,
        {%- endif %}
        counts.period_month_date,
        counts.input_code,
        counts.numerator_count,
        counts.denominator_count,
        counts.calendar_version,
        counts.data_cut_at
    from {{ ref('int_index_766_inputs') }} as counts
    inner join agencies on counts.agency_key = agencies.agency_key
),

counted as (
    select
        {{ unit }},
        period_month_date,
        input_code,
        sum(numerator_count) as numerator_count,
        sum(denominator_count) as denominator_count
    from inputs
    group by {{ unit }}, period_month_date, input_code
),

-- a month with something to count has a row for every criterion: that there is nothing of a criterion may give points
months as (
    select
        {{ unit }},
        period_month_date,
        max(calendar_version) as calendar_version,
        min(data_cut_at) as data_cut_at
    from inputs
    group by {{ unit }}, period_month_date
),

monthly as (
    select
        months.*,
        formulas.formula_version,
        formulas.criterion_code,
        cast(date_trunc('year', months.period_month_date) as date) as year_date,
        coalesce(counted.numerator_count, 0) as numerator_count,
        coalesce(counted.denominator_count, 0) as denominator_count
    from months
    inner join formulas
        on
            months.period_month_date >= formulas.valid_from_date
            and (formulas.valid_to_date is null or months.period_month_date < formulas.valid_to_date)
    left join counted
        on
            months.unit_scope = counted.unit_scope
            and months.unit_agency_key = counted.unit_agency_key
            and months.no_agency_reason is not distinct from counted.no_agency_reason
            and months.period_month_date = counted.period_month_date
            and formulas.input_code = counted.input_code
),

periods as (
    select
        {{ unit }},
        'calendar_month' as period_type,
        period_month_date as period_start_date,
        period_month_date,
        formula_version,
        criterion_code,
        numerator_count,
        denominator_count,
        calendar_version,
        data_cut_at
    from monthly

    union all

    select
        {{ unit }},
        'year_to_date' as period_type,
        year_date as period_start_date,
        period_month_date,
        formula_version,
        criterion_code,
        sum(numerator_count) over year_so_far as numerator_count,
        sum(denominator_count) over year_so_far as denominator_count,
        max(calendar_version) over year_so_far as calendar_version,
        min(data_cut_at) over year_so_far as data_cut_at
    from monthly
    window
        year_so_far as (
            partition by {{ unit }}, formula_version, criterion_code, year_date
            order by period_month_date nulls last
            rows between unbounded preceding and current row
        )
),

scored as (
    select
        periods.*,
        formulas.indicator_id,
        formulas.name_vi as criterion_name_vi,
        formulas.criterion_order,
        formulas.rule_kind,
        formulas.full_points_at_pct,
        formulas.zero_denominator_points,
        formulas.max_points,
        indicators.max_score as group_max_points,
        formulas.status as formula_status,
        {{ pct('periods.numerator_count', 'periods.denominator_count') }} as ratio_pct,
        {{ index_766_points(
            'periods.numerator_count', 'periods.denominator_count', 'formulas.max_points',
            'formulas.full_points_at_pct', 'formulas.zero_denominator_points'
        ) }} as estimated_points,
        {{ index_766_needed(
            'periods.numerator_count', 'periods.denominator_count', 'formulas.max_points',
            'formulas.full_points_at_pct'
        ) }} as dossiers_needed_count
    from periods
    inner join formulas
        on
            periods.formula_version = formulas.formula_version
            and periods.criterion_code = formulas.criterion_code
            and periods.period_month_date >= formulas.valid_from_date
            and (formulas.valid_to_date is null or periods.period_month_date < formulas.valid_to_date)
    inner join indicators
        on
            formulas.formula_version = indicators.formula_version
            and formulas.indicator_id = indicators.indicator_id
)

select
    scored.unit_scope,
    scored.unit_agency_key as {{ 'as_is_agency_key' if is_as_is else 'agency_key' }},
    {% if is_as_is -%}
    agencies.as_is_agency_code,
    case
        when scored.no_agency_reason is null then agencies.agency_name
        when scored.no_agency_reason = 'split_unresolved' then 'Chưa xác định (tách)'
        when scored.no_agency_reason = 'ended' then 'Đã kết thúc, không có cơ quan kế thừa duy nhất'
        else 'Chưa xác định được cơ quan'
    end as as_is_agency_name,
    scored.no_agency_reason,
    {%- else -%}
    agencies.agency_code,
    agencies.agency_name,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    {%- endif %}
    agencies.agency_level,
    scored.period_type,
    scored.period_start_date,
    scored.period_month_date,
    scored.formula_version,
    scored.indicator_id,
    scored.criterion_code,
    scored.criterion_name_vi,
    scored.criterion_order,
    scored.rule_kind,
    scored.full_points_at_pct,
    scored.zero_denominator_points,
    cast(scored.numerator_count as bigint) as numerator_count,
    cast(scored.denominator_count as bigint) as denominator_count,
    scored.ratio_pct,
    scored.estimated_points,
    scored.max_points,
    scored.group_max_points,
    cast(scored.max_points - scored.estimated_points as decimal(9, 2)) as points_lost,
    scored.dossiers_needed_count,
    case when scored.estimated_points is null then 'denominator_zero' end as no_points_reason,
    scored.formula_status,
    scored.calendar_version,
    scored.data_cut_at,
    coalesce(
        scored.data_cut_at < cast({{ add_months('scored.period_month_date', '1') }} as timestamp), false
    ) as is_period_running
from scored
left join agencies on scored.unit_agency_key = agencies.agency_key
{%- endmacro %}


{#
  The six groups and the total of every unit and period of a mart of criteria: what of a group could be estimated, and out of how
  many points. unit: the columns that tell units apart and name them.
#}
{% macro index_766_groups(mart, unit) -%}
{%- set period = ['period_type', 'period_start_date', 'period_month_date', 'formula_version', 'is_period_running',
    'calendar_version', 'data_cut_at'] -%}
{%- set columns = (unit + period) | join(', ') -%}
with criteria as (
    select * from {{ ref(mart) }}
),

indicators as (
    select * from {{ ref('index_766_indicators') }}
),

formula_sets as (
    select * from {{ ref('index_766_formula_sets') }}
),

-- a criterion without points counts neither among the points nor among what can be reached
parts as (
    select
        {{ columns }},
        indicator_id,
        estimated_points,
        case when estimated_points is not null then max_points else 0 end as estimated_max_points
    from criteria

    union all

    select
        {{ columns }},
        'total' as indicator_id,
        estimated_points,
        case when estimated_points is not null then max_points else 0 end as estimated_max_points
    from criteria
),

summed as (
    select
        {{ columns }},
        indicator_id,
        sum(estimated_points) as estimated_points,
        sum(estimated_max_points) as estimated_max_points
    from parts
    group by {{ columns }}, indicator_id
),

units as (
    select distinct {{ columns }} from criteria
)

select
    {%- for column in unit + period %}
    units.{{ column }},
    {%- endfor %}
    formula_sets.status as formula_set_status,
    indicators.indicator_id,
    indicators.indicator_code,
    indicators.name_vi as indicator_name_vi,
    cast(summed.estimated_points as decimal(9, 2)) as estimated_points,
    cast(coalesce(summed.estimated_max_points, 0) as decimal(9, 2)) as estimated_max_points,
    indicators.max_score as max_points,
    {{ pct('coalesce(summed.estimated_max_points, 0)', 'indicators.max_score') }} as coverage_pct,
    cast(summed.estimated_max_points - summed.estimated_points as decimal(9, 2)) as points_lost
from units
inner join indicators on units.formula_version = indicators.formula_version
inner join formula_sets on units.formula_version = formula_sets.formula_version
left join summed
    on
        {%- for column in unit + period %}
        units.{{ column }} is not distinct from summed.{{ column }}
        and
        {%- endfor %}
        indicators.indicator_id = summed.indicator_id
{%- endmacro %}


{#
  Beside an estimate what the index published for the same unit, group and period, and the difference where there is one. Of
  several formula versions that of the estimate is shown; another one is shown beside it and never subtracted.
  relation: with the unit, the period, the formula version and the group. key: what else tells its rows apart.
  comparable: whether a row stands for its whole group. whole: whether its estimate does.
#}
{% macro index_766_beside_published(relation, key, comparable, whole) -%}
select
    {{ relation }}.*,
    published.score as published_points,
    published.formula_version as published_formula_version,
    published.last_observed_at as published_observed_at,
    case
        when not ({{ comparable }}) then 'part_of_a_group'
        when published.score is null then 'not_published'
        when published.formula_version != {{ relation }}.formula_version then 'other_formula_version'
        when {{ relation }}.estimated_points is null then 'not_estimated'
        when not ({{ whole }}) then 'partly_estimated'
    end as no_difference_reason
from {{ relation }}
left join published
    on
        {{ relation }}.unit_scope = published.unit_scope
        and {{ relation }}.agency_key = published.agency_key
        and {{ relation }}.period_type = published.period_type
        and {{ relation }}.period_month_date = published.period_month_date
        and {{ relation }}.indicator_id = published.indicator_id
        and ({{ comparable }})
qualify row_number() over (
    partition by
        {{ relation }}.unit_scope,
        {{ relation }}.agency_key,
        {{ relation }}.period_type,
        {{ relation }}.period_month_date,
        {{ relation }}.formula_version,
        {{ relation }}.{{ key }}
    order by
        case when published.formula_version = {{ relation }}.formula_version then 0 else 1 end nulls last,
        published.formula_version nulls last
) = 1
{%- endmacro %}


{# The estimate minus what was published, where they may be compared. #}
{% macro index_766_difference() -%}
    case
        when no_difference_reason is null then cast(estimated_points - published_points as decimal(9, 2))
    end
{%- endmacro %}
