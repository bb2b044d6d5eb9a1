select file_name, row_number, reason
from {{ ref('stg_typed_rows') }}
where reason is not null
