{#
  Working days as the difference of two look-ups.
  Not here: which days are worked (seeds/calendar_exceptions.csv), which spans are asked for (the models).
  Explained in docs/architecture.md, "The working calendar".
#}

{# Position of a date in the working calendar; null for no date. A date outside the calendar fails the build,
   because a wrong number of days would be published otherwise. `day` is the joined calendar row. #}
{% macro working_day_ordinal(day, date, calendar_code) -%}
    case
        when {{ date }} is null then null
        when {{ day }}.working_day_ordinal is not null then {{ day }}.working_day_ordinal
        else {{ fail_with(
            "'The working calendar ''' || " ~ calendar_code ~ " || ''' does not know ' || cast(" ~ date ~ " as string)"
            ~ " || ': add the days of that year to dbt_project/seeds/calendar_exceptions.csv, extend the calendar in"
            ~ " calendar_versions.csv under a new version, and run again.'"
        ) }}
    end
{%- endmacro %}
