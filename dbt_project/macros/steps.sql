{#
  Moments of a step as whole minutes, so that spans are differences and overlaps are comparisons.
  Not here: working minutes (working_time.sql), which steps there are (models/intermediate/int_step_*.sql).
  Explained in docs/how-time-is-counted.md, "Time in a step".
#}

{# Minutes of the wall clock since 2000, seconds dropped; null for no moment. #}
{% macro wall_minutes_at(moment) -%}
    ({{ days_between("cast('2000-01-01' as date)", 'cast(' ~ moment ~ ' as date)') }} * 1440 + {{ minute_of_day(moment) }})
{%- endmacro %}


{# Minutes that two spans share. All four are minutes of one clock. #}
{% macro shared_minutes(first_from, first_until, second_from, second_until) -%}
    greatest(least({{ first_until }}, {{ second_until }}) - greatest({{ first_from }}, {{ second_from }}), 0)
{%- endmacro %}


{# Minutes of a step that count: pause leaves waiting out; reset counts from the moment the papers were there, null
   while they were not asked for; none counts everything. #}
{% macro minutes_that_count(policy, from_minutes, until_minutes, paused_minutes, papers_there_at) -%}
    case
        when {{ policy }} = 'pause' then {{ until_minutes }} - {{ from_minutes }} - {{ paused_minutes }}
        when {{ policy }} = 'reset' then {{ until_minutes }} - coalesce({{ papers_there_at }}, {{ from_minutes }})
        else {{ until_minutes }} - {{ from_minutes }}
    end
{%- endmacro %}


{# After a night: steps that it did not make again are known up to the same moment as those it made. #}
{% macro move_step_data_cut() -%}
    {%- if is_night() -%}
    merge into {{ this }} as steps
    using (
        select
            source_system,
            max(observed_at) as data_cut_at
        from {{ ref('ingestion_ledger') }}
        where
            kind = 'processing_log'
            and status = 'accepted'
        group by source_system
    ) as data_cuts
    on
        steps.source_system = data_cuts.source_system
        and steps.data_cut_at < data_cuts.data_cut_at
    when matched then update set data_cut_at = data_cuts.data_cut_at
    {%- endif -%}
{%- endmacro %}
