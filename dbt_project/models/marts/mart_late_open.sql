with dossiers as (
    select * from {{ ref('fct_procedure_timeliness') }}
    where outcome_strict = 'open_late'
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

reasons as (
    select * from {{ ref('late_reasons') }}
),

-- where it stands: the step begun last that is not ended
steps as (
    select * from {{ ref('fct_processing_step') }}
    where dossier_key is not null and is_open and not is_final
    qualify row_number() over (partition by dossier_key order by step_number desc nulls last) = 1
),

explained as (
    select
        {{ listed_dossier('dossiers') }},
        dossiers.late_working_days,
        dossiers.late_working_minutes,
        dossiers.status_code,
        steps.step_name as open_step_name,
        steps.department_name as open_step_department_name,
        steps.started_at as open_step_started_at,
        steps.age_working_days as open_step_age_working_days,
        dossiers.open_late_since_at,
        dossiers.no_longer_listed_since_at,
        dossiers.extension_count,
        dossiers.apologised_at,
        dossiers.dossier_key,
        dossiers.agency_key,
        dossiers.data_cut_at,
        dossiers.calendar_version,
        dossiers.formula_version,
        {{ late_reason_code('dossiers', 'dossiers.data_cut_at', 'steps.is_overdue') }} as reason_code
    from dossiers
    inner join agencies on dossiers.agency_key = agencies.agency_key
    left join steps on dossiers.dossier_key = steps.dossier_key
)

select
    explained.*,
    reasons.name_vi as reason_name_vi
from explained
inner join reasons on explained.reason_code = reasons.reason_code
