{#
  A mart of agencies as they were, counted for the agencies of today.
  Here: sums of what can be added, rates computed again from the sums.
  Not here: medians and other figures that cannot be added; such a mart needs a model over the dossiers.
  Explained in docs/data-team.md, "A mart for the agencies of today".
#}

{# 100 × part ÷ whole with two decimals; null where the whole is nothing. #}
{% macro pct(part, whole) -%}
    cast(round(100.0 * ({{ part }}) / nullif({{ whole }}, 0), 2) as double)
{%- endmacro %}

{#
  The twin `<mart>_as_is`: one row for each agency of today and combination of `by`.
  mart: name of a mart with `agency_key`. by: its other columns of the grain. sums: columns that are added.
  derived: column name → expression over `by` and the sums.
  Agencies without a single successor share a row per reason (`no_agency_reason`); none is left out.
#}
{% macro as_is_rollup(mart, by, sums, derived) -%}
with as_was as (
    select * from {{ ref(mart) }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

placed as (
    select
        {%- for column in by + sums %}
        as_was.{{ column }},
        {%- endfor %}
        as_was.agency_key,
        agencies.as_is_agency_key,
        case
            when agencies.as_is_status in ('split_unresolved', 'ended', 'unknown') then agencies.as_is_status
        end as no_agency_reason
    from as_was
    inner join agencies on as_was.agency_key = agencies.agency_key
),

summed as (
    {{ added_up('placed', by + ['as_is_agency_key', 'no_agency_reason'], sums) }}
),

rated as (
    {{ with_rates('summed', derived) }}
)

select
    rated.*,
    today.as_is_agency_code,
    today.agency_level,
    case
        when rated.no_agency_reason is null then today.agency_name
        when rated.no_agency_reason = 'split_unresolved' then 'Chưa xác định (tách)'
        when rated.no_agency_reason = 'ended' then 'Đã kết thúc, không có cơ quan kế thừa duy nhất'
        else 'Chưa xác định được cơ quan'
    end as as_is_agency_name
from rated
left join agencies as today on rated.as_is_agency_key = today.agency_key
{%- endmacro %}

{# One row for each combination of `by`: how many agencies it adds up, and the sums. An agency has one row in each. #}
{% macro added_up(relation, by, sums) -%}
select
    {{ by | join(', ') }},
    count(*) as agency_count
    {%- for column in sums %},
    cast(sum({{ column }}) as bigint) as {{ column }}
    {%- endfor %}
from {{ relation }}
group by {{ by | join(', ') }}
{%- endmacro %}

{# Every column, and the expressions over them. #}
{% macro with_rates(relation, derived) -%}
select
    *
    {%- for name, expression in derived.items() %},
    {{ expression }} as {{ name }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}

{# What `mart_agency_month` counts, and the rates over it; for the twin and the districts alike. #}
{% macro on_time_counts() %}
{{ return([
    'dossier_count', 'judged_count', 'in_time_count', 'early_count', 'on_time_count', 'late_count', 'open_late_count',
    'open_in_time_count', 'cannot_tell_count', 'not_applicable_count',
]) }}
{% endmacro %}

{% macro on_time_rates() %}
{{ return({
    'on_time_pct': pct('in_time_count', 'judged_count'),
    'late_pct': pct('(judged_count - in_time_count)', 'judged_count'),
    'no_rate_reason': "case when judged_count > 0 then null when open_in_time_count > 0 then 'not_yet_due' "
        ~ "when cannot_tell_count > 0 then 'cannot_tell' else 'not_applicable' end",
}) }}
{% endmacro %}
