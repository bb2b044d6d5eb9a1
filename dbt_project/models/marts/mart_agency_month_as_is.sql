{{ as_is_rollup(
    mart='mart_agency_month',
    by=['source_system', 'period_month_date', 'period_type', 'period_basis', 'definition_id', 'formula_version',
        'calendar_version', 'data_cut_at'],
    sums=on_time_counts(),
    derived=on_time_rates(),
) }}
