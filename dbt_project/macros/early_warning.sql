{#
  The elapsed share of the allowed time, and a chance that leans on a coarser one.
  Here: fragments over a version of a dossier (fct_dossier_history); the levels, from the coarsest.
  Not here: the parts of the allowed time, how much a level leans on the coarser one (seeds/early_warning_….csv).
  Explained in docs/early-warning.md.
#}

{# Levels whose past a dossier is measured by, and the columns that tell their cells apart. #}
{% macro early_warning_levels() -%}
    {{ return({
        'system': [],
        'field': ['field_name'],
        'procedure': ['procedure_key'],
        'agency': ['agency_key'],
        'procedure_agency': ['procedure_key', 'agency_key'],
        'procedure_step': ['procedure_key', 'step_name'],
    }) }}
{%- endmacro %}

{% macro early_warning_cell_columns() -%}
    {{ return(['field_name', 'procedure_key', 'agency_key', 'step_name']) }}
{%- endmacro %}

{# Clock that both ends of a share are known by; null where nobody can tell. #}
{% macro share_counted_in(versions) -%}
    case
        when {{ versions }}.calendar_version is null
            then case when {{ versions }}.in_time_until_at > {{ versions }}.received_at then 'calendar' end
        when
            {{ versions }}.allowed_working_minutes > 0
            and ({{ versions }}.elapsed_working_minutes is not null or not {{ versions }}.is_closed)
            then 'working_minutes'
        when
            {{ versions }}.counted_allowed_working_days > 0
            and ({{ versions }}.counted_elapsed_working_days is not null or not {{ versions }}.is_closed)
            then 'working_days'
    end
{%- endmacro %}

{# What was allowed, in that clock. #}
{% macro allowed_amount(versions, counted_in) -%}
    case {{ counted_in }}
        when 'working_minutes' then {{ versions }}.allowed_working_minutes
        when 'working_days' then {{ versions }}.counted_allowed_working_days
        when 'calendar'
            then {{ wall_minutes_at(versions ~ '.in_time_until_at') }} - {{ wall_minutes_at(versions ~ '.received_at') }}
    end
{%- endmacro %}

{# What was used from the receipt to the end. #}
{% macro used_amount(versions, counted_in) -%}
    case {{ counted_in }}
        when 'working_minutes' then {{ versions }}.elapsed_working_minutes
        when 'working_days' then {{ versions }}.counted_elapsed_working_days
        when 'calendar'
            then {{ wall_minutes_at(versions ~ '.finished_at') }} - {{ wall_minutes_at(versions ~ '.received_at') }}
    end
{%- endmacro %}

{# What was used up to a moment, given in each clock; less than 0 before the clock began. #}
{% macro used_amount_at(versions, counted_in, working_minutes, working_day_ordinal, moment) -%}
    case {{ counted_in }}
        when 'working_minutes'
            then
                {{ working_minutes }}
                - ({{ versions }}.due_working_minutes - {{ versions }}.allowed_working_minutes)
        when 'working_days'
            then
                {{ working_day_ordinal }}
                - (
                    {{ versions }}.due_working_day_ordinal + {{ versions }}.due_moved_days
                    - {{ versions }}.counted_allowed_working_days
                )
        when 'calendar' then {{ wall_minutes_at(moment) }} - {{ wall_minutes_at(versions ~ '.received_at') }}
    end
{%- endmacro %}

{# The whole percent of the allowed time that was begun, 0 to 99: where a part is looked up. Both
   amounts have to be known: greatest leaves nulls out. #}
{% macro share_point(used, allowed) -%}
    cast(least(greatest(floor(100.0 * {{ used }} / {{ allowed }}), 0), 99) as int)
{%- endmacro %}

{# A query: each part of the allowed time as its whole percents. #}
{% macro share_points() -%}
select
        bin_number,
        {{ each_number('from_pct', 'to_pct - 1') }} as share_point
    from {{ ref('early_warning_bins') }}
{%- endmacro %}

{# The share of late in a cell, leaning on a coarser chance as if it were so many dossiers more; the coarser one alone
   where the cell holds none. #}
{% macro leaning_chance(late_count, reached_count, coarser, pseudo_count) -%}
    case
        when coalesce({{ reached_count }}, 0) = 0 then {{ coarser }}
        else
            ({{ late_count }} + {{ pseudo_count }} * coalesce({{ coarser }}, 0.0))
            / ({{ reached_count }} + case when {{ coarser }} is null then 0 else {{ pseudo_count }} end)
    end
{%- endmacro %}
