{{ step_bottleneck('as_is_agency_key') }}
