with quarantine as (
    select * from {{ source('raw', 'quarantine') }}
)

select
    file_sha256,
    kind,
    source_id,
    file_name,
    row_number,
    column_name,
    reason_code,
    sheet_name,
    sheet_row_number
from quarantine
