{{ as_is_rollup(
    mart='mart_agency_month_satisfaction',
    by=['source_system', 'period_month_date', 'period_type', 'data_cut_at'],
    sums=['rating_count', 'answered_count', 'satisfied_count', 'rating_without_dossier_count',
          'finished_dossier_count', 'rated_dossier_count'],
    derived={
        'satisfied_pct': pct('satisfied_count', 'answered_count'),
        'satisfied_low_pct': wilson_low_pct('satisfied_count', 'answered_count'),
        'satisfied_high_pct': wilson_high_pct('satisfied_count', 'answered_count'),
        'response_rate_pct': pct('rated_dossier_count', 'finished_dossier_count'),
        'no_rate_reason': "case when answered_count > 0 then null when rating_count > 0 then 'cannot_tell' "
            ~ "else 'no_rating' end",
    },
) }}
