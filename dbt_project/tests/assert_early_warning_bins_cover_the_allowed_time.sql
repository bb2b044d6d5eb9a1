-- The parts of the allowed time cover 0 to 100 percent, each beginning where the one before ends. A row here means that
-- dossiers fall into no part, or into two.
with bins as (
    select
        *,
        lag(to_pct) over (order by bin_number asc nulls last) as to_pct_before,
        lead(from_pct) over (order by bin_number asc nulls last) as next_from_pct
    from {{ ref('early_warning_bins') }}
)

select bin_number
from bins
where
    from_pct != coalesce(to_pct_before, 0)
    or to_pct <= from_pct
    or (next_from_pct is null and to_pct != 100)
