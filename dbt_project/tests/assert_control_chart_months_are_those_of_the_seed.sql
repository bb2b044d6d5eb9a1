-- The frame of a window cannot be read from a table, so the months of the baseline stand in a macro too. A row here
-- means that only one of the two was changed: correct macros/scorecard.sql or seeds/control_chart_rules.csv.
select
    rule_code,
    rule_value
from {{ ref('control_chart_rules') }}
where rule_code = 'baseline_months' and valid_to_date is null and rule_value != {{ control_chart_months() }}
