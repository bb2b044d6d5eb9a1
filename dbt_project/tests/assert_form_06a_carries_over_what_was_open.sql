-- (6) of a period is (11) of the period before, for every agency and field and every kind of period that follows upon
-- itself.
-- A row here means that dossiers appear or vanish between two reports; nothing may be published. The data team looks at
-- fct_form_06a_change.
with periods as (
    select * from {{ ref('dim_report_period') }}
),

forms as (
    select
        forms.*,
        periods.first_half_month_number,
        periods.last_half_month_number
    from {{ ref('mart_form_06a') }} as forms
    inner join periods
        on
            forms.period_type = periods.period_type
            and forms.period_start_date = periods.period_start_date
),

-- a period that ended before the data cut hands over to the next one, where that one has begun
handing_over as (
    select
        period_type,
        source_system,
        agency_key,
        field_name,
        column_11_open_count as open_count,
        last_half_month_number + 1 as first_half_month_number
    from forms
    where
        data_cut_at >= {{ add_days('period_end_date', 1) }}
        and exists (
            select 1
            from periods
            where
                forms.period_type = periods.period_type
                and forms.last_half_month_number + 1 = periods.first_half_month_number
        )
),

taking_over as (
    select
        period_type,
        source_system,
        agency_key,
        field_name,
        first_half_month_number,
        column_06_carried_over_count as carried_over_count
    from forms
    where
        exists (
            select 1
            from periods
            where
                forms.period_type = periods.period_type
                and forms.first_half_month_number - 1 = periods.last_half_month_number
        )
)

select
    handing_over.period_type,
    handing_over.source_system,
    handing_over.agency_key,
    taking_over.first_half_month_number
from handing_over
full outer join taking_over
    on
        handing_over.period_type = taking_over.period_type
        and handing_over.source_system = taking_over.source_system
        and handing_over.agency_key = taking_over.agency_key
        and handing_over.field_name = taking_over.field_name
        and handing_over.first_half_month_number = taking_over.first_half_month_number
where coalesce(handing_over.open_count, 0) != coalesce(taking_over.carried_over_count, 0)
