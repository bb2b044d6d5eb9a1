{#
  The scorecard "3 tăng, 2 giảm, 2 không" for any grouping of agencies: values, targets, the year before, and what a control
  chart says of each month.
  Here: what is the same for agencies as they were, as they are, and the province.
  Not here: what the measures are (seeds/scorecard_measures.csv), what is counted (int_scorecard_counts, int_scorecard_elapsed),
  the rules of the chart (seeds/control_chart_rules.csv).
  Explained in docs/scorecard.md.
#}

{# A rule of the control chart that holds now; one row. #}
{% macro control_chart_rule(rule_code) -%}
    max(case when rule_code = '{{ rule_code }}' then rule_value end) as {{ rule_code }}
{%- endmacro %}

{# by: columns of the grouping, all of dim_agency or made of it: name → expression over `agencies`. #}
{% macro scorecard(by) -%}
{%- set names = by.keys() | list -%}
{%- set group_columns = names | join(', ') -%}
{%- set series = group_columns ~ ', measure_code' -%}
with agencies as (
    select * from {{ ref('dim_agency') }}
),

measures as (
    select * from {{ ref('scorecard_measures') }}
),

targets as (
    select * from {{ ref('dim_target') }}
    where agency_level = 'all'
),

cuts as (
    select
        coalesce(agency_register, source_system) as agency_register,
        max(data_cut_at) as data_cut_at
    from {{ ref('dim_source_system') }}
    group by coalesce(agency_register, source_system)
),

rules as (
    select
        {{ control_chart_rule('limit_factor') }},
        {{ control_chart_rule('fewest_baseline_months') }},
        {{ control_chart_rule('run_length') }},
        {{ control_chart_rule('fewest_cases') }}
    from {{ ref('control_chart_rules') }}
    where valid_to_date is null
),

placed as (
    select
        {%- for name, expression in by.items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        counts.measure_code,
        counts.period_month_date,
        sum(counts.numerator_count) as numerator_count,
        sum(counts.denominator_count) as denominator_count
    from {{ ref('int_scorecard_counts') }} as counts
    inner join agencies on counts.agency_key = agencies.agency_key
    group by
        {%- for expression in by.values() %}
        {{ expression }},
        {%- endfor %}
        counts.measure_code,
        counts.period_month_date
),

ratios as (
    select
        {%- for name in names %}
        placed.{{ name }},
        {%- endfor %}
        placed.measure_code,
        placed.period_month_date,
        cast(placed.numerator_count as bigint) as numerator_count,
        cast(placed.denominator_count as bigint) as denominator_count,
        measures.factor * placed.numerator_count / nullif(placed.denominator_count, 0) as measure_value
    from placed
    inner join measures on placed.measure_code = measures.measure_code
),

days as (
    select
        {%- for name, expression in by.items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        elapsed.period_month_date,
        elapsed.elapsed_working_days,
        sum(elapsed.dossier_count) as dossier_count
    from {{ ref('int_scorecard_elapsed') }} as elapsed
    inner join agencies on elapsed.agency_key = agencies.agency_key
    where elapsed.elapsed_working_days is not null
    group by
        {%- for expression in by.values() %}
        {{ expression }},
        {%- endfor %}
        elapsed.period_month_date,
        elapsed.elapsed_working_days
),

reached as (
    select
        *,
        sum(dossier_count) over (
            partition by {{ group_columns }}, period_month_date
            order by elapsed_working_days asc nulls last
            rows between unbounded preceding and current row
        ) as reached_count,
        sum(dossier_count) over (partition by {{ group_columns }}, period_month_date) as all_count
    from days
),

-- the smallest number of days within which so many of the dossiers ended
durations as (
    {%- for measure, share in [('elapsed_median_days', 0.5), ('elapsed_p90_days', 0.9)] %}
        select
            {%- for name in names %}
            {{ name }},
            {%- endfor %}
            '{{ measure }}' as measure_code,
            period_month_date,
            cast(null as bigint) as numerator_count,
            cast(max(all_count) as bigint) as denominator_count,
            cast(min(case when reached_count >= {{ share }} * all_count then elapsed_working_days end) as double)
                as measure_value
        from reached
        group by {{ group_columns }}, period_month_date
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

valued as (
    select * from ratios
    union all
    select * from durations
),

-- only months that are over are put on a chart, and only those with enough cases
charted as (
    select
        {%- for name in names %}
        valued.{{ name }},
        {%- endfor %}
        valued.measure_code,
        valued.period_month_date,
        valued.measure_value,
        abs(
            valued.measure_value
            - lag(valued.measure_value) over (partition by {{ series }} order by valued.period_month_date asc nulls last)
        ) as moving_range
    from valued
    cross join rules
    where valued.measure_value is not null and valued.denominator_count >= rules.fewest_cases
),

based as (
    select
        charted.*,
        count(measure_value) over earlier as baseline_month_count,
        avg(measure_value) over earlier as baseline_mean,
        avg(moving_range) over earlier as baseline_moving_range
    from charted
    window
        earlier as (
            partition by {{ series }}
            order by period_month_date asc nulls last
            rows between {{ control_chart_months() }} preceding and 1 preceding
        )
),

limited as (
    select
        based.*,
        based.baseline_month_count >= rules.fewest_baseline_months as has_baseline,
        based.baseline_mean - rules.limit_factor * based.baseline_moving_range as lower_limit,
        based.baseline_mean + rules.limit_factor * based.baseline_moving_range as upper_limit,
        rules.run_length,
        case
            when based.measure_value > based.baseline_mean then 1
            when based.measure_value < based.baseline_mean then -1
            else 0
        end as side
    from based
    cross join rules
),

-- months in a row on one side have the same difference of the two numbers
sided as (
    select
        *,
        row_number() over (partition by {{ series }} order by period_month_date asc nulls last)
        - row_number() over (partition by {{ series }}, side order by period_month_date asc nulls last) as side_start
    from limited
),

run as (
    select
        *,
        count(*) over (
            partition by {{ series }}, side, side_start
            order by period_month_date asc nulls last
            rows between unbounded preceding and current row
        ) as months_on_side
    from sided
),

signalled as (
    select
        *,
        case
            when not has_baseline then 'too_few_months'
            when measure_value > upper_limit then 'above_limits'
            when measure_value < lower_limit then 'below_limits'
            when side > 0 and months_on_side >= run_length then 'long_above_mean'
            when side < 0 and months_on_side >= run_length then 'long_below_mean'
            else 'none'
        end as found_signal
    from run
),

joined as (
    select
        {%- for name in names %}
        valued.{{ name }},
        {%- endfor %}
        valued.measure_code,
        valued.period_month_date,
        valued.numerator_count,
        valued.denominator_count,
        valued.measure_value,
        year_before.measure_value as year_before_value,
        valued.measure_value - year_before.measure_value as year_change,
        measures.phrase_code,
        measures.phrase_vi,
        measures.name_vi as measure_name_vi,
        measures.unit_code,
        measures.direction_code,
        measures.definition_label,
        measures.period_basis,
        measures.status as measure_status_code,
        case
            when measures.is_target_complement then 100 - cast(targets.target_value as double)
            else cast(targets.target_value as double)
        end as target_value,
        targets.source_label as target_source,
        cuts.data_cut_at,
        {{ add_months('valued.period_month_date', 1) }} > cast(cuts.data_cut_at as date) as is_provisional,
        signalled.baseline_mean,
        signalled.lower_limit,
        signalled.upper_limit,
        signalled.has_baseline,
        signalled.found_signal,
        rules.fewest_cases
    from valued
    inner join measures on valued.measure_code = measures.measure_code
    cross join rules
    left join valued as year_before
        on
            {%- for name in names %}
            valued.{{ name }} is not distinct from year_before.{{ name }} and
            {%- endfor %}
            valued.measure_code = year_before.measure_code
            and {{ add_months('valued.period_month_date', -12) }} = year_before.period_month_date
    left join signalled
        on
            {%- for name in names %}
            valued.{{ name }} is not distinct from signalled.{{ name }} and
            {%- endfor %}
            valued.measure_code = signalled.measure_code
            and valued.period_month_date = signalled.period_month_date
    left join targets
        on
            valued.agency_register = targets.scope_code
            and measures.target_metric_code = targets.metric_code
            and cast(extract(year from valued.period_month_date) as bigint) = targets.target_year
    left join cuts on valued.agency_register = cuts.agency_register
),

signals as (
    select
        *,
        case
            when measure_value is null then 'no_cases'
            when is_provisional then 'month_not_over'
            when denominator_count < fewest_cases then 'too_few_cases'
            else coalesce(found_signal, 'too_few_months')
        end as signal_code
    from joined
)

select
    {%- for name in names %}
    {{ name }},
    {%- endfor %}
    period_month_date,
    phrase_code,
    phrase_vi,
    measure_code,
    measure_name_vi,
    unit_code,
    numerator_count,
    denominator_count,
    cast(round(measure_value, 2) as double) as measure_value,
    definition_label,
    period_basis,
    direction_code,
    target_value,
    case
        when target_value is null then null
        when direction_code = 'up' then cast(round(measure_value - target_value, 2) as double)
        else cast(round(target_value - measure_value, 2) as double)
    end as gap_to_target,
    target_source,
    cast(round(year_before_value, 2) as double) as year_before_value,
    cast(round(year_change, 2) as double) as year_change,
    case when has_baseline then cast(round(baseline_mean, 2) as double) end as baseline_mean,
    case when has_baseline then cast(round(lower_limit, 2) as double) end as lower_limit,
    case when has_baseline then cast(round(upper_limit, 2) as double) end as upper_limit,
    signal_code,
    case
        when signal_code in ('above_limits', 'long_above_mean') then direction_code = 'up'
        when signal_code in ('below_limits', 'long_below_mean') then direction_code = 'down'
    end as is_improvement,
    coalesce(is_provisional, false) as is_provisional,
    measure_status_code,
    data_cut_at
from signals
{%- endmacro %}

{# Months of the baseline; the frame of a window takes no query, so a test keeps it equal to the seed. #}
{% macro control_chart_months() -%} {{ return(12) }} {%- endmacro %}
