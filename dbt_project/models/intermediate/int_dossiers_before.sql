-- depends_on: {{ ref('int_dossiers_touched') }}, {{ ref('int_dossier_clock') }}
{% if is_night() %}

select *
from {{ rows_of_this_run(as_it_was('fct_dossier_history')) }} as was

{% else %}

    -- no run before counts
    select * -- noqa: AM04
    from {{ ref('int_dossier_clock') }}
    where false

{% endif %}
