with occurring as (
    select on_time_profile from {{ ref('int_settled_profiles') }}
    union distinct
    select on_time_profile from {{ ref('int_unsettled_profiles') }}
),

-- a profile says all that decides what a dossier counts for, so it is read again and not looked for
parts as (
    select
        on_time_profile,
        split_part(on_time_profile, '-', 1) as outcome_letters,
        substring(split_part(on_time_profile, '-', 2), 1, 1) as basis_letter,
        substring(split_part(on_time_profile, '-', 2), 2) as matters,
        split_part(on_time_profile, '-', 3) as due_difference_reason
    from occurring
)

select
    on_time_profile,
    {%- for id in on_time_definition_ids() %}
        {{ outcome_of_letter('substring(outcome_letters, ' ~ loop.index ~ ', 1)') }} as outcome_{{ id }},
    {%- endfor %}
    case basis_letter when 'p' then 'printed' when 'r' then 'rule' else 'none' end as portal_basis,
    matters not like '%d%' as has_due,
    matters like '%s%' as has_many_supplements,
    matters like '%e%' as is_ended_without_result,
    matters like '%w%' as is_waiting_for_citizen,
    matters like '%o%' as is_open,
    matters like '%c%' as is_closed,
    due_difference_reason
from parts
