-- One row per grain in each mart of the registers people keep. A row here would be counted twice by whoever adds
-- up: the model joined something that is not unique.
with grains as (
    select
        'mart_reform_task_status' as mart,
        cast(plan_year as string) || '|' || agency_key || '|' || field_code || '|' || cast(is_sample as string) as grain
    from {{ ref('mart_reform_task_status') }}
    union all
    select
        'mart_inspection_coverage' as mart,
        cast(inspection_year as string) || '|' || agency_register || '|' || agency_level || '|'
        || cast(is_sample as string) as grain
    from {{ ref('mart_inspection_coverage') }}
    union all
    select
        'mart_apology_compliance' as mart,
        source_system || '|' || agency_key || '|' || cast(period_month_date as string) as grain
    from {{ ref('mart_apology_compliance') }}
    union all
    select
        'dim_focus_unit' as mart,
        cast(focus_year as string) || '|' || delivered_agency_name as grain
    from {{ ref('dim_focus_unit') }}
    union all
    select
        'fct_reform_task_status' as mart,
        task_key || '|' || cast(version_number as string) as grain
    from {{ ref('fct_reform_task_status') }}
)

select
    mart,
    grain,
    count(*) as row_count
from grains
group by mart, grain
having count(*) > 1
