with profiles as (
    select * from {{ ref('int_dossier_profile') }}
)

select distinct
    on_time_profile,
    {%- for id in on_time_definition_ids() %}
        outcome_{{ id }},
    {%- endfor %}
    portal_basis,
    has_due,
    has_many_supplements,
    is_ended_without_result,
    is_waiting_for_citizen,
    is_open,
    is_closed,
    due_difference_reason
from profiles
