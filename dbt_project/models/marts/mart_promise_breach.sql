with targets as (
    {{ apology_targets() }}
),

source_systems as (
    {{ systems_that_apologise() }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

breaches as (
    select * from {{ ref('promise_breaches') }}
),

dossiers as (
    {{ dossiers_with_apologies() }}
)

select
    {{ listed_dossier('dossiers') }},
    dossiers.finished_at,
    breaches.breach_code,
    breaches.name_vi as breach_name_vi,
    dossiers.outcome_strict,
    dossiers.late_working_days,
    dossiers.late_working_minutes,
    dossiers.apologised_at,
    dossiers.letter_count,
    dossiers.put_off_count as extension_count,
    dossiers.most_extensions as allowed_extension_count,
    case breaches.breach_code
        when 'late_without_apology' then targets.source_label
        when 'extended_more_than_once' then dossiers.most_extensions_source
    end as basis_label,
    case breaches.breach_code
        when 'late_without_apology' then targets.status_code
        when 'extended_more_than_once' then dossiers.most_extensions_status
    end as basis_status_code,
    dossiers.period_month_date,
    dossiers.dossier_key,
    dossiers.agency_key,
    dossiers.data_cut_at,
    dossiers.calendar_version,
    dossiers.formula_version
from dossiers
inner join breaches
    on
        (
            breaches.breach_code = 'late_without_apology'
            and dossiers.outcome_strict in ('late', 'open_late')
            and not dossiers.has_letter
            and not dossiers.has_portal_apology
        )
        or (
            breaches.breach_code = 'extended_more_than_once'
            and dossiers.put_off_count > dossiers.most_extensions
        )
inner join source_systems on dossiers.source_system = source_systems.source_system
inner join agencies on dossiers.agency_key = agencies.agency_key
left join targets
    on
        source_systems.agency_register = 'nghe_an'
        and cast(extract(year from dossiers.period_month_date) as bigint) = targets.target_year
