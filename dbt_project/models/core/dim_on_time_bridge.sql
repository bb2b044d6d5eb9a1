with profiles as (
    select * from {{ ref('dim_on_time_profile') }}
),

definitions as (
    select * from {{ ref('dim_on_time_definition') }}
),

steps as (
    select * from {{ ref('bridge_steps') }}
),

judged as (
    select
        profiles.on_time_profile,
        definitions.definition_id,
        definitions.sort_order,
        definitions.granularity,
        definitions.counts_open_late,
        definitions.counts_open_in_time,
        case definitions.definition_id
            {%- for id in on_time_definition_ids() %}
                when '{{ id }}' then profiles.outcome_{{ id }}
            {%- endfor %}
        end as outcome
    from profiles
    cross join definitions
),

counted as (
    select
        *,
        {{ is_counted_in_time('outcome') }} as is_in_time,
        {{ is_counted('outcome') }} as is_judged
    from judged
),

-- by class: what a definition makes of the dossier, without the difference between early and on time
pairs as (
    select
        profiles.*,
        first_one.definition_id as first_definition_id,
        second_one.definition_id as second_definition_id,
        first_one.outcome as first_outcome,
        second_one.outcome as second_outcome,
        first_one.granularity as first_granularity,
        second_one.granularity as second_granularity,
        first_one.is_in_time as is_first_in_time,
        first_one.is_judged as is_first_judged,
        second_one.is_in_time as is_second_in_time,
        second_one.is_judged as is_second_judged,
        first_one.counts_open_late and second_one.counts_open_late as do_both_count_open,
        'q766' in (first_one.definition_id, second_one.definition_id) as has_q766,
        'portal_stated' in (first_one.definition_id, second_one.definition_id) as has_portal,
        'strict_recomputed' in (first_one.definition_id, second_one.definition_id) as has_recomputed,
        profiles.outcome_strict_recomputed != profiles.outcome_strict as is_limit_decisive,
        {{ verdict('profiles.outcome_portal_stated') }}
        != {{ verdict('profiles.outcome_date_level') }} as is_portal_of_another_mind
    from profiles
    inner join counted as first_one on profiles.on_time_profile = first_one.on_time_profile
    inner join counted as second_one
        on
            profiles.on_time_profile = second_one.on_time_profile
            and first_one.sort_order != second_one.sort_order
),

-- the first reason that fits; it is the same whichever way the pair is read
explained as (
    select
        *,
        case
            when is_first_in_time = is_second_in_time and is_first_judged = is_second_judged then 'no_difference'
            when has_q766 and has_many_supplements then 'second_supplement'
            when has_portal and portal_basis = 'none' then 'portal_silent'
            when has_portal and portal_basis = 'printed' and is_portal_of_another_mind then 'portal_says_otherwise'
            when not has_due then 'no_due_date'
            when is_ended_without_result then 'ended_without_result'
            when has_recomputed and outcome_strict_recomputed = 'cannot_tell' then 'limit_unknown'
            when has_recomputed and is_limit_decisive and due_difference_reason = 'none' then 'due_hour'
            when has_recomputed and is_limit_decisive then 'due_' || due_difference_reason
            when is_open and is_waiting_for_citizen and (has_q766 or do_both_count_open) then 'waiting_for_citizen'
            when is_open and 'open_late' in (first_outcome, second_outcome) then 'open_past_due'
            when is_open then 'open_in_time'
            when not is_closed then 'end_unknown'
            when 'session' in (first_granularity, second_granularity) then 'session_instead_of_moment'
            when 'timestamp' in (first_granularity, second_granularity) then 'date_instead_of_moment'
            else 'unexplained'
        end as step_id
    from pairs
)

select
    explained.on_time_profile,
    explained.first_definition_id,
    explained.second_definition_id,
    explained.step_id,
    steps.name_vi as step_name_vi,
    steps.sort_order as step_order,
    explained.first_outcome,
    explained.second_outcome,
    explained.is_first_in_time,
    explained.is_first_judged,
    explained.is_second_in_time,
    explained.is_second_judged
from explained
left join steps on explained.step_id = steps.step_id
