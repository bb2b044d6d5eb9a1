-- with where it stands: the step begun last that is not ended
{%- set columns = [
    'dossiers.late_working_days',
    'dossiers.late_working_minutes',
    'dossiers.status_code',
    'steps.step_name as open_step_name',
    'steps.department_name as open_step_department_name',
    'steps.started_at as open_step_started_at',
    'steps.age_working_days as open_step_age_working_days',
    'dossiers.open_late_since_at',
    'dossiers.no_longer_listed_since_at',
] %}
{% call late_list('open_late', columns, 'dossiers.data_cut_at', 'steps.is_overdue') %}
    select * from {{ ref('fct_processing_step') }}
    where dossier_key is not null and is_open and not is_final
    qualify row_number() over (partition by dossier_key order by step_number desc nulls last) = 1
{% endcall %}
