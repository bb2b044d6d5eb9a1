-- The timeliness criterion of the index counts what `q766` counts in mart_agency_month, month by month and agency by
-- agency, and the bridge leads from it to the portal's own rate without a dossier left over. A row here means that the
-- estimate and the rates beside it tell two stories: the data team looks at int_index_766_inputs.
with agencies as (
    select * from {{ ref('dim_agency') }}
    where agency_register is not null
),

formulas as (
    select * from {{ ref('index_766_formulas') }}
    where input_code = 'processed_in_time'
),

rates as (
    select
        agency_key,
        period_month_date,
        sum(case when definition_id = 'q766' then in_time_count end) as index_in_time_count,
        sum(case when definition_id = 'q766' then judged_count end) as index_judged_count,
        sum(case when definition_id = 'portal_stated' then in_time_count end) as portal_in_time_count,
        sum(case when definition_id = 'portal_stated' then judged_count end) as portal_judged_count
    from {{ ref('mart_agency_month') }}
    where definition_id in ('q766', 'portal_stated')
    group by agency_key, period_month_date
),

-- cells in which the two agree have no step, and change nothing
steps as (
    select
        agency_key,
        period_month_date,
        sum(in_time_change_count) as in_time_change_count,
        sum(judged_change_count) as judged_change_count
    from {{ ref('mart_on_time_bridge') }}
    where first_definition_id = 'q766' and second_definition_id = 'portal_stated'
    group by agency_key, period_month_date
),

expected as (
    select
        rates.agency_key,
        rates.period_month_date,
        rates.index_in_time_count,
        rates.index_judged_count,
        rates.portal_in_time_count - coalesce(steps.in_time_change_count, 0) as bridged_in_time_count,
        rates.portal_judged_count - coalesce(steps.judged_change_count, 0) as bridged_judged_count
    from rates
    inner join agencies on rates.agency_key = agencies.agency_key
    inner join formulas
        on
            rates.period_month_date >= formulas.valid_from_date
            and (formulas.valid_to_date is null or rates.period_month_date < formulas.valid_to_date)
    left join steps
        on
            rates.agency_key = steps.agency_key
            and rates.period_month_date = steps.period_month_date
),

index_rows as (
    select *
    from {{ ref('mart_index_766') }}
    where
        criterion_code = 'PROCESSING_ON_TIME'
        and unit_scope = 'agency'
        and period_type = 'calendar_month'
)

select
    expected.agency_key,
    expected.period_month_date,
    expected.index_in_time_count,
    expected.bridged_in_time_count,
    index_rows.numerator_count,
    expected.index_judged_count,
    expected.bridged_judged_count,
    index_rows.denominator_count
from expected
full outer join index_rows
    on
        expected.agency_key = index_rows.agency_key
        and expected.period_month_date = index_rows.period_month_date
where
    coalesce(expected.index_in_time_count, 0) != coalesce(index_rows.numerator_count, 0)
    or coalesce(expected.index_judged_count, 0) != coalesce(index_rows.denominator_count, 0)
    or coalesce(expected.bridged_in_time_count, 0) != coalesce(index_rows.numerator_count, 0)
    or coalesce(expected.bridged_judged_count, 0) != coalesce(index_rows.denominator_count, 0)
    or (expected.agency_key is not null and index_rows.agency_key is null)
