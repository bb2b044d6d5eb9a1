{#
  What a partial list of dossiers may say (scope `partial` of a source).
  Here: when a partial list is heard about what a dossier is.
  Not here: how sayings are put together (int_dossier_completed).
  Explained in docs/data-team.md, "Partial lists".
#}

{# Whether a row says it and may: in full, or where nothing said in full in the window `whole_run` says it. #}
{% macro is_heard(says_it) -%}
    {{ says_it }}
    and (
        not is_partial
        or max(case when not is_partial and {{ says_it }} then 1 else 0 end) over whole_run = 0
    )
{%- endmacro %}
