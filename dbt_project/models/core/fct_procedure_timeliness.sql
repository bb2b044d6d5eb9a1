-- depends_on: {{ ref('int_timeliness_now') }}, {{ ref('dim_data_cut') }}, {{ ref('fct_open_late') }}
{{ judged_at_the_cut(ref('fct_dossier_history')) }}
