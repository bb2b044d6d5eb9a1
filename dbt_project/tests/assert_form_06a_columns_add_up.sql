-- (3) = (4) + (5) + (6), (7) = (8) + (9) + (10), (11) = (12) + (13) and (3) = (7) + (11) in every row of report form
-- II.06a, and nothing that is counted is negative. What came in may be: more was handed to others than came.
-- A row here means that a form would be printed wrong; nothing may be published. The data team looks at mart_form_06a.
select
    source_system,
    agency_key,
    field_name,
    period_type,
    period_start_date
from {{ ref('mart_form_06a') }}
where
    column_03_to_settle_count
    != column_04_received_online_count + column_05_received_other_count + column_06_carried_over_count
    or column_07_settled_count
    != column_08_settled_early_count + column_09_settled_on_time_count + column_10_settled_late_count
    or column_11_open_count != column_12_open_in_time_count + column_13_open_late_count
    or column_03_to_settle_count != column_07_settled_count + column_11_open_count
    {%- for column in form_06a_columns() if column[7:9] not in ('04', '05') %}
        or {{ column }} < 0
    {%- endfor %}
    or ended_without_result_count > column_09_settled_on_time_count
