with statuses as (
    select * from {{ ref('dossier_statuses') }}
)

select
    status_code,
    national_code,
    name_vi,
    name_en,
    is_before_acceptance,
    is_ended_without_result,
    is_result_ready,
    source
from statuses
