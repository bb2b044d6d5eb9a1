select procedure_code, procedure_name, field_name, 'vn:' || procedure_code as procedure_key
from {{ source('raw', 'procedures') }}
qualify row_number() over (partition by procedure_code order by row_number desc) = 1
