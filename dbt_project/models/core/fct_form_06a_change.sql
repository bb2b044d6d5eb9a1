with changes as (
    select * from {{ ref('int_form_06a_changes') }}
)

-- in a night: what the runs before counted, and the difference
select
    changes.queue_number,
    changes.half_month_number,
{%- for amount in form_06a_amounts() %}
    changes.{{ amount }}{% if is_night() %} + coalesce(made_before.{{ amount }}, 0) as {{ amount }}{% endif %}
    {{- "," if not loop.last }}
{%- endfor %}
from changes
{%- if is_night() %}
    left join {{ this }} as made_before
        on
            changes.queue_number = made_before.queue_number
            and changes.half_month_number = made_before.half_month_number
{%- endif %}
