select
    agency_code,
    agency_name,
    agency_level,
    cast(valid_from_date as date) as valid_from_date,
    cast(valid_to_date as date) as valid_to_date,
    'nghe_an:' || agency_code || '@' || valid_from_date as agency_key
from {{ source('raw', 'agencies') }}
