with months as (
    select * from {{ ref('mart_agency_month') }}
    where definition_id = 'strict' and late_count + open_late_count > 0
),

letters as (
    select * from {{ ref('fct_apology') }}
    where has_dossier
),

rules as (
    select * from {{ ref('apology_rules') }}
),

targets as (
    select * from {{ ref('dim_target') }}
    where metric_code = 'late_apologised_pct' and scope_code = 'nghe_an' and agency_level = 'all'
),

-- only where the law of a register's agencies asks for an apology
source_systems as (
    select * from {{ ref('dim_source_system') }}
    where agency_register is not null
),

by_dossier as (
    select
        dossier_key,
        count(*) as letter_count,
        count(new_due_date) as extension_count,
        max(case when is_before_due then 1 else 0 end) as is_any_before_due,
        count(is_before_due) as told_count,
        max(case when is_sample then 1 else 0 end) as is_any_sample
    from letters
    group by dossier_key
),

-- late dossiers that somebody apologised for, by letter or on the portal
apologised as (
    select
        dossiers.source_system,
        dossiers.agency_key,
        dossiers.period_month_date,
        by_dossier.letter_count is not null as has_letter,
        dossiers.apologised_at is not null as has_portal_apology,
        greatest(coalesce(by_dossier.extension_count, 0), coalesce(dossiers.extension_count, 0)) as extension_count,
        coalesce(by_dossier.is_any_sample, 0) as is_any_sample,
        case
            when by_dossier.is_any_before_due = 1 then true
            when
                {{ days_between('cast(dossiers.apologised_at as date)', 'cast(dossiers.first_due_at as date)') }}
                >= least_days.rule_value
                then true
            when by_dossier.told_count > 0 then false
            when dossiers.apologised_at is not null and dossiers.first_due_at is not null then false
        end as is_before_due,
        most_extensions.rule_value as most_extensions
    from {{ ref('fct_procedure_timeliness') }} as dossiers
    left join by_dossier on dossiers.dossier_key = by_dossier.dossier_key
    left join rules as least_days
        on
            least_days.rule_code = 'least_days_before_due'
            and dossiers.period_month_date >= least_days.valid_from_date
            and (least_days.valid_to_date is null or dossiers.period_month_date < least_days.valid_to_date)
    left join rules as most_extensions
        on
            most_extensions.rule_code = 'most_extensions'
            and dossiers.period_month_date >= most_extensions.valid_from_date
            and (most_extensions.valid_to_date is null or dossiers.period_month_date < most_extensions.valid_to_date)
    where
        dossiers.outcome_strict in ('late', 'open_late')
        and (
            by_dossier.dossier_key is not null
            or dossiers.apologised_at is not null
            or dossiers.extension_count > 0
        )
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
        count(*) filter (where is_before_due and (has_letter or has_portal_apology)) as before_due_count,
        count(*) filter (where not is_before_due and (has_letter or has_portal_apology)) as not_before_due_count,
        count(*) filter (where extension_count > most_extensions) as many_extensions_count
    from apologised
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
