with outcomes as (
    select * from {{ ref('int_dossier_outcomes') }}
),

dues as (
    select * from {{ ref('int_dossier_due') }}
),

-- all that decides what a dossier counts for under any definition, and why two of them differ over it
described as (
    select
        outcomes.dossier_key,
        {%- for id in on_time_definition_ids() %}
            outcomes.outcome_{{ id }},
        {%- endfor %}
        outcomes.portal_basis,
        outcomes.has_due,
        outcomes.has_many_supplements,
        outcomes.is_ended_without_result,
        outcomes.is_waiting_for_citizen,
        outcomes.is_open,
        outcomes.is_closed,
        coalesce(dues.due_difference_reason, 'cannot_tell') as due_difference_reason
    from outcomes
    inner join dues on outcomes.dossier_key = dues.dossier_key
)

select
    *,
    {%- for id in on_time_definition_ids() %}
        {{ outcome_letter('outcome_' ~ id) }}
        || {% endfor %}'-' || substring(portal_basis, 1, 1)
    || case when has_due then '' else 'd' end
    || case when has_many_supplements then 's' else '' end
    || case when is_ended_without_result then 'e' else '' end
    || case when is_waiting_for_citizen then 'w' else '' end
    || case when is_open then 'o' else '' end
    || case when is_closed then 'c' else '' end
    || '-' || due_difference_reason as on_time_profile
from described
