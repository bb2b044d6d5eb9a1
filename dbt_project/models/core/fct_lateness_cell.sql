-- grain: system × level × cell × part of the allowed time that past dossiers reached. What does not tell the cells of a
-- level apart is 'all'. Read by marts.mart_early_warning.
{%- set of_cell = 'partition by source_system, level_code, ' ~ listed(early_warning_cell_columns()) %}
with counts as (
    select
        source_system,
        field_name,
        procedure_key,
        agency_key,
        is_late,
        bin_number,
        dossier_count
    from {{ ref('int_lateness_history') }}

    union all

    select
        source_system,
        field_name,
        procedure_key,
        agency_key,
        is_late,
        bin_number,
        dossier_count
    from {{ ref('int_lateness_open') }}
),

bins as (
    select bin_number from {{ ref('early_warning_bins') }}
),

steps as (
    select * from {{ ref('int_lateness_steps') }}
),

{%- for level, columns in early_warning_levels().items() if 'step_name' not in columns %}

    {{ level }}_cells as (
        select
            source_system,
            {%- for column in early_warning_cell_columns() %}
                {{ column if column in columns else "'all'" }} as {{ column }},
            {%- endfor %}
            bin_number,
            '{{ level }}' as level_code,
            sum(dossier_count) as dossier_count,
            coalesce(sum(dossier_count) filter (where is_late), 0) as late_count
        from counts
        group by
            source_system,
            {%- for column in columns %}
                {{ column }},
            {%- endfor %}
            bin_number
    ),
{%- endfor %}

cells as (
    {%- for level, columns in early_warning_levels().items() if 'step_name' not in columns %}
        select * from {{ level }}_cells
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- who ended in a part, or in a later one, had reached it
ended_from as (
    select
        source_system,
        level_code,
        {{ listed(early_warning_cell_columns()) }},
        bin_number,
        coalesce(lag(bin_number) over ({{ of_cell }} order by bin_number asc nulls last), 0) as bin_number_before,
        sum(dossier_count) over ({{ of_cell }} order by bin_number desc nulls last) as reached_count,
        sum(late_count) over ({{ of_cell }} order by bin_number desc nulls last) as late_count
    from cells
),

-- a part in which nobody ended was reached by as many as the next one in which somebody did
reached as (
    select
        ended_from.source_system,
        ended_from.level_code,
        {{ listed(early_warning_cell_columns(), 'ended_from') }},
        bins.bin_number,
        ended_from.reached_count,
        ended_from.late_count
    from ended_from
    inner join bins
        on
            ended_from.bin_number >= bins.bin_number
            and ended_from.bin_number_before < bins.bin_number
)

select
    source_system,
    level_code,
    {{ listed(early_warning_cell_columns()) }},
    bin_number,
    cast(reached_count as bigint) as reached_count,
    cast(late_count as bigint) as late_count
from reached

union all

select
    source_system,
    'procedure_step' as level_code,
    'all' as field_name,
    procedure_key,
    'all' as agency_key,
    step_name,
    bin_number,
    cast(reached_count as bigint) as reached_count,
    cast(late_count as bigint) as late_count
from steps
