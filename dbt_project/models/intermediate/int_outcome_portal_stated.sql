{%- set others = on_time_definition_ids() | reject('equalto', 'portal_stated') | list -%}

with facts as (
    select * from {{ ref('int_outcome_form_06a') }}
),

rules as (
    select * from {{ ref('portal_outcome_rules') }}
)

select
    facts.*, -- noqa: AM04
    case
        when facts.stated_outcome_code is not null and facts.stated_outcome_code != 'unmapped'
            then facts.stated_outcome_code
        {%- for id in others %}
            when rules.definition_id = '{{ id }}' then facts.outcome_{{ id }}_before_due
        {%- endfor %}
        when facts.is_accepted and facts.is_closed then 'cannot_tell'
        else 'not_applicable'
    end as outcome_portal_stated_before_due,
    case
        when facts.stated_outcome_code is not null and facts.stated_outcome_code != 'unmapped' then 'printed'
        when rules.definition_id is not null then 'rule'
        else 'none'
    end as portal_basis,
    case rules.definition_id
        {%- for id in others %}
            when '{{ id }}' then facts.{{ id }}_in_time_until_at
        {%- endfor %}
    end as portal_stated_in_time_until_at
from facts
left join rules on facts.source_system = rules.source_system
