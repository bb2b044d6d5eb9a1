-- The seed of levels and the list in macros/early_warning.sql name the same levels in the same order. A row here is a
-- level whose pseudo-count is missing, or a pseudo-count that nobody uses.
with listed as (
    {%- for level in early_warning_levels() %}
        select
            '{{ level }}' as level_code,
            {{ loop.index }} as sort_order
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

described as (
    select distinct
        level_code,
        sort_order
    from {{ ref('early_warning_levels') }}
)

select
    listed.level_code as listed_code,
    described.level_code as described_code
from listed
full outer join described
    on
        listed.level_code = described.level_code
        and listed.sort_order = described.sort_order
where
    listed.level_code is null
    or described.level_code is null
