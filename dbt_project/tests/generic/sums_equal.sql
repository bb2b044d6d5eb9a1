{#
  What a rolled-up mart counts is what the mart below it counts, in all and by source system. A row here means that
  the roll-up lost rows or counted them twice.
#}
{% test sums_equal(model, as_was, columns, among='true') %}
with below as (
    select
        source_system
        {%- for column in columns %},
        cast(sum({{ column }}) as bigint) as {{ column }}
        {%- endfor %}
    from {{ as_was }}
    where {{ among }}
    group by source_system
),

above as (
    select
        source_system
        {%- for column in columns %},
        cast(sum({{ column }}) as bigint) as {{ column }}
        {%- endfor %}
    from {{ model }}
    where {{ among }}
    group by source_system
)

select
    below.source_system as source_system_below,
    above.source_system
from below
full outer join above on below.source_system = above.source_system
where
    below.source_system is distinct from above.source_system
    {%- for column in columns %}
    or below.{{ column }} is distinct from above.{{ column }}
    {%- endfor %}
{% endtest %}
