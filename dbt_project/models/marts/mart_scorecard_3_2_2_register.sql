-- The same for all agencies of a register together: the province.
{{ scorecard({'agency_register': 'coalesce(agencies.agency_register, agencies.source_system)'}) }}
