with dossiers as (
    select * from {{ ref('fct_procedure_timeliness') }}
    where outcome_strict = 'late'
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

reasons as (
    select * from {{ ref('late_reasons') }}
),

-- the step that took most of the time
steps as (
    select
        dossier_key,
        step_name,
        department_name,
        share_pct,
        max(case when is_overdue then 1 else 0 end) over (partition by dossier_key) = 1 as is_step_overdue
    from {{ ref('fct_processing_step') }}
    where dossier_key is not null and not is_final
    qualify
        row_number() over (
            partition by dossier_key order by counted_minutes desc nulls last, step_number desc nulls last
        ) = 1
),

explained as (
    select
        {{ listed_dossier('dossiers') }},
        dossiers.finished_at,
        dossiers.late_working_days,
        dossiers.late_working_minutes,
        steps.step_name as longest_step_name,
        steps.department_name as longest_step_department_name,
        steps.share_pct as longest_step_share_pct,
        dossiers.extension_count,
        dossiers.apologised_at,
        dossiers.dossier_key,
        dossiers.agency_key,
        dossiers.data_cut_at,
        dossiers.calendar_version,
        dossiers.formula_version,
        {{ late_reason_code('dossiers', 'dossiers.finished_at', 'steps.is_step_overdue') }} as reason_code
    from dossiers
    inner join agencies on dossiers.agency_key = agencies.agency_key
    left join steps on dossiers.dossier_key = steps.dossier_key
)

select
    explained.*,
    reasons.name_vi as reason_name_vi
from explained
inner join reasons on explained.reason_code = reasons.reason_code
