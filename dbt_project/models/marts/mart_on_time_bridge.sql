{{ on_time_bridges('mart_on_time_profile') }}
