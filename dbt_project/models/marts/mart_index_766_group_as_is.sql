{{ index_766_groups('mart_index_766_as_is', unit=[
    'unit_scope', 'as_is_agency_key', 'as_is_agency_code', 'as_is_agency_name', 'no_agency_reason', 'agency_level',
]) }}
