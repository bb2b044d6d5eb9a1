{{ step_bottleneck('agency_key') }}
