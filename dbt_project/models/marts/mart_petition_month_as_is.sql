{{ as_is_rollup(
    mart='mart_petition_month',
    by=['source_system', 'period_month_date', 'period_type', 'formula_version', 'calendar_version', 'data_cut_at'],
    sums=petition_counts(),
    derived=petition_rates(),
) }}
