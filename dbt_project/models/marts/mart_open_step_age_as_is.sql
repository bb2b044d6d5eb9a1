{{ open_step_age('as_is_agency_key') }}
