-- depends_on: {{ ref('int_dossiers_touched') }}
select * -- noqa: AM04
from {{ ref('fct_dossier_history') }}
where {{ is_of_this_run() }}
