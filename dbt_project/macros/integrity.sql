{#
  What the integrity signals have in common.
  Here: among which dossiers a signal can occur, slots of minutes, what chance would give.
  Not here: thresholds and words (seeds/integrity_signals.csv), which dossiers show a signal (fct_integrity_…).
  Explained in docs/integrity.md.
#}

{# Among which dossiers a signal can occur: base to the condition; all of them have a receipt, or an end with a time. #}
{% macro integrity_bases() -%}
    {{ return({
        'accepted': 'is_accepted',
        'promised': 'is_accepted and due_at is not null',
        'supplemented': 'supplement_requested_at is not null',
        'ended': 'finished_at is not null',
        'online': "channel_code = 'online' and has_received_time and " ~ minute_of_day('applied_at') ~ ' > 0',
        'limited': 'due_difference_reason is not null',
    }) }}
{%- endmacro %}

{# In a condition: the dossier is one of those a signal can occur among. #}
{% macro is_in_base(base_code) -%}
    received_at is not null and {{ integrity_bases()[base_code] }}
{%- endmacro %}

{# First day of the month of a moment. #}
{% macro month_of(moment) -%}
    cast(date_trunc('month', {{ moment }}) as date)
{%- endmacro %}

{# Number of the slot of so many minutes a moment lies in, from midnight; `shift` moves the slots by a part of one. #}
{% macro slot_number(moment, minutes, shift=0) -%}
    cast(floor(({{ minute_of_day(moment) }} + {{ shift }} * {{ minutes }}) / {{ minutes }}) as int)
{%- endmacro %}

{# How many of the same agency and day lie in the slot of a moment, whichever of two overlapping rows of slots shows more. #}
{% macro in_one_slot(moment, minutes, of='') -%}
    greatest(
        {%- for shift in [0, 0.5] %}
        count(*) over (
            partition by agency_key{{ of }}, cast({{ moment }} as date), {{ slot_number(moment, minutes, shift) }}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#
  No more than this is the chance of so many cases or more, if each occurred as often as everywhere: the bound of Chernoff on
  a binomial tail. 1 where the share is not above that of everywhere. It never takes noise for more than it is.
#}
{% macro chance_at_most(part, whole, part_everywhere, whole_everywhere) -%}
    case
        when {{ part }} * {{ whole_everywhere }} <= {{ part_everywhere }} * {{ whole }} then cast(1 as double)
        else exp(
            -{{ part }} * ln(1.0 * {{ part }} * {{ whole_everywhere }} / (1.0 * {{ whole }} * {{ part_everywhere }}))
            - case
                when {{ part }} = {{ whole }} then 0
                else
                    ({{ whole }} - {{ part }})
                    * ln(
                        1.0 * ({{ whole }} - {{ part }}) * {{ whole_everywhere }}
                        / (1.0 * {{ whole }} * ({{ whole_everywhere }} - {{ part_everywhere }}))
                    )
            end
        )
    end
{%- endmacro %}
