-- with the step that took most of the time
{%- set columns = [
    'dossiers.finished_at',
    'dossiers.late_working_days',
    'dossiers.late_working_minutes',
    'steps.step_name as longest_step_name',
    'steps.department_name as longest_step_department_name',
    'steps.share_pct as longest_step_share_pct',
] %}
{% call late_list('late', columns, 'dossiers.finished_at', 'steps.is_step_overdue') %}
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
{% endcall %}
