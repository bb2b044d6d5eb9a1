-- depends_on: {{ ref('int_dossiers_touched') }}, {{ ref('dim_data_cut') }}, {{ ref('fct_open_late') }}
{%- set history = ref('fct_dossier_history') %}
{%- set concerned -%}
    select touched.dossier_key from {{ ref('int_dossiers_touched') }} as touched
    union all
    select versions.dossier_key from {{ history }} as versions where versions.is_current and versions.is_unsettled
{%- endset %}
{{ judged_at_the_cut(rows_with_keys(history, 'dossier_key', concerned) if is_night() else history) }}
