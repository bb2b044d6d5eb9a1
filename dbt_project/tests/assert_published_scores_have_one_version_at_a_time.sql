-- Of each unit, period and indicator exactly one version holds now, versions follow each other, and none exceeds what
-- the indicator can reach. A row here means that history was cut wrongly or that the formula version of a source is
-- not the one of its scores: the data team looks at int_published_score_history and index_766_indicators.
select
    unit_key,
    formula_version,
    period_type,
    period_start_date,
    indicator_id
from {{ ref('fct_published_score') }}
group by unit_key, formula_version, period_type, period_start_date, indicator_id
having
    sum(case when is_current then 1 else 0 end) != 1
    or count(*) != max(version_number)
    or count(distinct version_number) != count(*)
    or max(score) > max(max_score)
