-- depends_on: {{ ref('int_dossiers_touched') }}
select * -- noqa: AM04
from {{ rows_of_this_run(ref('fct_dossier_history')) }}
