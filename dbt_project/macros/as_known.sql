{#
  A warehouse that knows only what was extracted up to the end of a night: `--vars '{as_of: 2026-03-15}'`.
  Here: the filter where rows enter (staging, the ledger); without the variable it lets everything pass.
  Not here: the table macros of a published build (pipelines/publishing/as_of.sql), which tell every night from one build.
  Explained in docs/data-team.md, "A warehouse of a past night".
#}
{% macro is_extracted_by_night(observed_at) -%}
    {%- set night = var('as_of') | string -%}
    {%- if not night -%}
        true
    {%- elif modules.re.match('[0-9]{4}-[0-9]{2}-[0-9]{2}$', night) -%}
        {{ observed_at }} < cast({{ add_days("date '" ~ night ~ "'", 1) }} as timestamp)
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "as_of='" ~ night ~ "' is no date → write it as --vars '{as_of: 2026-03-15}', or leave it out"
        ) }}
    {%- endif -%}
{%- endmacro %}
