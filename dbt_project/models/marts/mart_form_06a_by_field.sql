{%- set by = ['source_system', 'field_name'] -%}
with forms as (
    select * from {{ ref('mart_form_06a') }}
)

select
    {{ form_06a_summed(by) }}
from forms
group by
    {{ by | join(', ') }},
    {{ report_period_columns() | join(', ') }}
