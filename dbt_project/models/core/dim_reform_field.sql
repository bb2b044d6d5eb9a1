select
    field_code,
    sort_order,
    name_vi,
    name_en,
    status,
    source
from {{ ref('reform_fields') }}
