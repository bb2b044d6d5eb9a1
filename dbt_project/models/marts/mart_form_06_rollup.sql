{%- set by = ['agency_register', 'rollup_level', 'field_name'] -%}
with agency_forms as (
    select * from {{ ref('mart_form_06a') }}
),

levels as (
    select * from {{ ref('form_06_rollups') }}
),

-- an agency stands in the roll-up of its level and in that of the whole; without a level in the latter only
forms as (
    select
        agency_forms.*,
        levels.rollup_level,
        levels.form_code,
        levels.name_vi as rollup_name_vi,
        levels.status as rollup_status
    from agency_forms
    inner join levels
        on
            agency_forms.agency_level = levels.agency_level
            or levels.agency_level is null
    where agency_forms.agency_register is not null
)

select
    {{ form_06a_summed(by) }},
    max(forms.form_code) as form_code,
    max(forms.rollup_name_vi) as rollup_name_vi,
    max(forms.rollup_status) as rollup_status
from forms
group by
    {{ by | join(', ') }},
    {{ report_period_columns() | join(', ') }}
