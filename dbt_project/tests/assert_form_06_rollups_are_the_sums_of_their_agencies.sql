-- The roll-up of the whole province has every dossier of its agencies, and those of the levels add up to no more.
-- A row here means that an agency stands in two levels or in none of the whole; nothing may be published. The data team
-- looks at mart_form_06_rollup and the seed form_06_rollups.
with agencies as (
    select
        agency_register,
        period_type,
        period_start_date,
        sum(case when agency_level is not null then column_03_to_settle_count else 0 end) as of_levels_count,
        sum(column_03_to_settle_count) as of_all_count
    from {{ ref('mart_form_06a') }}
    where agency_register is not null
    group by agency_register, period_type, period_start_date
),

rollups as (
    select
        agency_register,
        period_type,
        period_start_date,
        sum(case when rollup_level != 'province' then column_03_to_settle_count else 0 end) as of_levels_count,
        sum(case when rollup_level = 'province' then column_03_to_settle_count else 0 end) as of_all_count
    from {{ ref('mart_form_06_rollup') }}
    group by agency_register, period_type, period_start_date
)

select
    agencies.agency_register,
    agencies.period_type,
    rollups.period_start_date
from agencies
full outer join rollups
    on
        agencies.agency_register = rollups.agency_register
        and agencies.period_type = rollups.period_type
        and agencies.period_start_date = rollups.period_start_date
where
    agencies.of_levels_count is distinct from rollups.of_levels_count
    or agencies.of_all_count is distinct from rollups.of_all_count
