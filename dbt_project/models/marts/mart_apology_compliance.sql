with months as (
    select * from {{ ref('mart_agency_month') }}
    where definition_id = 'strict' and late_count + open_late_count > 0
),

targets as (
    {{ apology_targets() }}
),

source_systems as (
    {{ systems_that_apologise() }}
),

late as (
    select * from ({{ dossiers_with_apologies() }}) as dossiers
    where outcome_strict in ('late', 'open_late')
),

counted as (
    select
        source_system,
        agency_key,
        period_month_date,
        cast(sum(is_any_sample) as bigint) as sample_letter_count,
        count(*) filter (where has_letter or has_portal_apology) as apologised_count,
        count(*) filter (where has_letter) as letter_count,
        count(*) filter (where has_portal_apology) as portal_apology_count,
        count(*) filter (where is_told_before_due and (has_letter or has_portal_apology)) as before_due_count,
        count(*) filter (where not is_told_before_due and (has_letter or has_portal_apology)) as not_before_due_count,
        count(*) filter (where put_off_count > most_extensions) as many_extensions_count
    from late
    group by source_system, agency_key, period_month_date
),

joined as (
    select
        months.source_system,
        months.agency_key,
        months.agency_code,
        months.agency_name,
        months.agency_level,
        months.as_is_agency_code,
        months.as_is_agency_name,
        months.period_month_date,
        months.formula_version,
        months.calendar_version,
        months.data_cut_at,
        source_systems.agency_register,
        months.late_count + months.open_late_count as late_dossier_count,
        coalesce(counted.apologised_count, 0) as apologised_count,
        coalesce(counted.letter_count, 0) as letter_count,
        coalesce(counted.portal_apology_count, 0) as portal_apology_count,
        coalesce(counted.before_due_count, 0) as before_due_count,
        coalesce(counted.not_before_due_count, 0) as not_before_due_count,
        coalesce(counted.many_extensions_count, 0) as many_extensions_count,
        coalesce(counted.sample_letter_count, 0) as sample_letter_count
    from months
    inner join source_systems on months.source_system = source_systems.source_system
    left join counted
        on
            months.source_system = counted.source_system
            and months.agency_key = counted.agency_key
            and months.period_month_date = counted.period_month_date
)

select
    joined.source_system,
    joined.agency_key,
    joined.agency_code,
    joined.agency_name,
    joined.agency_level,
    joined.as_is_agency_code,
    joined.as_is_agency_name,
    joined.period_month_date,
    'strict' as definition_id,
    joined.late_dossier_count,
    joined.apologised_count,
    joined.late_dossier_count - joined.apologised_count as without_apology_count,
    joined.letter_count,
    joined.portal_apology_count,
    joined.before_due_count,
    joined.not_before_due_count,
    joined.apologised_count - joined.before_due_count - joined.not_before_due_count as cannot_tell_count,
    joined.many_extensions_count,
    joined.sample_letter_count,
    {{ pct('joined.apologised_count', 'joined.late_dossier_count') }} as apologised_pct,
    targets.target_value as target_pct,
    joined.formula_version,
    joined.calendar_version,
    joined.data_cut_at
from joined
left join targets
    on
        joined.agency_register = 'nghe_an'
        and cast(extract(year from joined.period_month_date) as bigint) = targets.target_year
