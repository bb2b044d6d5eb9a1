-- The steps between two rates add up to their difference, in dossiers and in percentage points. A row here is a bridge
-- that does not reach the other side. Every pair of definitions, agency and field of the last two months is asked: the
-- bridges are a view, and all months of a decade are some hundred million rows. Before the first build there are no
-- months to ask for.
{%- set newest = "select coalesce(max(period_month_date), date '2000-01-01') from " ~ ref('mart_agency_month')
    ~ " where judged_count > 0" -%}
{%- set built = execute and target.name != 'lint' and load_relation(ref('mart_agency_month')) is not none %}
{%- set from_date = run_query(newest).columns[0].values()[0] if built else '2000-01-01' %}

with steps as (
    select
        source_system,
        agency_key,
        field_name,
        period_month_date,
        first_definition_id,
        second_definition_id,
        sum(in_time_change_count) as in_time_change_count,
        sum(judged_change_count) as judged_change_count,
        sum(change_pct_points) as change_pct_points,
        max(first_in_time_count) as first_in_time_count,
        max(first_judged_count) as first_judged_count,
        max(second_in_time_count) as second_in_time_count,
        max(second_judged_count) as second_judged_count,
        max(second_on_time_pct) - max(first_on_time_pct) as difference_pct_points
    from {{ ref('mart_on_time_bridge') }}
    where period_month_date >= {{ add_months("date '" ~ from_date ~ "'", -1) }}
    group by
        source_system,
        agency_key,
        field_name,
        period_month_date,
        first_definition_id,
        second_definition_id
)

select *
from steps
where
    first_in_time_count + in_time_change_count != second_in_time_count
    or first_judged_count + judged_change_count != second_judged_count
    or abs(difference_pct_points - change_pct_points) > 1e-9
