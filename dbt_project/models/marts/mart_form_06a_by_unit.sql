{%- set by = [
    'source_system', 'agency_key', 'agency_register', 'agency_code', 'agency_name', 'agency_level',
    'parent_agency_name',
] -%}
with forms as (
    select * from {{ ref('mart_form_06a') }}
)

select
    {{ form_06a_summed(by) }}
from forms
group by
    {{ by | join(', ') }},
    {{ report_period_columns() | join(', ') }}
