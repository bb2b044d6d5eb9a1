-- The seed of definitions and the list in macros/definitions.sql name the same definitions. A row here is a
-- definition without a model, or a model that nobody can look up.
with listed as (
    {%- for id in on_time_definition_ids() %}
        select
            '{{ id }}' as definition_id,
            {{ loop.index }} as sort_order
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

described as (
    select * from {{ ref('on_time_definitions') }}
)

select
    listed.definition_id as listed_id,
    described.definition_id as described_id
from listed
full outer join described
    on
        listed.definition_id = described.definition_id
        and listed.sort_order = described.sort_order
where
    listed.definition_id is null
    or described.definition_id is null
