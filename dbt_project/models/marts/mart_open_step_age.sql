{{ open_step_age('agency_key') }}
