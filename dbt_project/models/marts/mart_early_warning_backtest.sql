-- grain: system × data set of a back-test. Whether the early warning beat every naive rule: only then is it shown.
with results as (
    select * from {{ ref('early_warning_backtests') }}
),

compared as (
    select
        source_system,
        data_set,
        max(forecast_count) as forecast_count,
        max(late_count) as late_count,
        min(first_night_date) as first_night_date,
        max(last_night_date) as last_night_date,
        max(computed_date) as computed_date,
        max(auc) filter (where rule_code = 'early_warning') as auc,
        max(auc) filter (where rule_code != 'early_warning') as best_naive_auc,
        max(auc_within_nights) filter (where rule_code = 'early_warning') as auc_within_nights,
        max(auc_within_nights) filter (where rule_code != 'early_warning') as best_naive_auc_within_nights,
        max(brier) filter (where rule_code = 'early_warning') as brier,
        min(brier) filter (where rule_code != 'early_warning') as best_naive_brier,
        max(calibration_error) filter (where rule_code = 'early_warning') as calibration_error
    from results
    group by source_system, data_set
)

select
    source_system,
    data_set,
    forecast_count,
    late_count,
    auc,
    best_naive_auc,
    auc_within_nights,
    best_naive_auc_within_nights,
    brier,
    best_naive_brier,
    calibration_error,
    first_night_date,
    last_night_date,
    computed_date,
    coalesce(
        auc > best_naive_auc
        and auc_within_nights > best_naive_auc_within_nights
        and brier < best_naive_brier,
        false
    ) as is_better_than_naive
from compared
