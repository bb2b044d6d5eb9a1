with counted as (
    select
        source_system,
        agency_key,
        coalesce(agency_code, 'unmapped') as agency_code,
        coalesce(agency_name, 'Chưa xác định được cơ quan') as agency_name,
        agency_level,
        period_month_date,
        data_cut_at,
        'strict' as definition_id,
        count(*) as dossier_count,
        count(*) filter (where outcome_strict in ('on_time', 'late', 'open_late')) as judged_count,
        count(*) filter (where outcome_strict = 'on_time') as in_time_count,
        {%- for outcome in ['on_time', 'late', 'open_late', 'open_in_time', 'cannot_tell', 'not_applicable'] %}
        count(*) filter (where outcome_strict = '{{ outcome }}') as {{ outcome }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_dossier') }}
    group by all
)

select
    *,
    round(100.0 * in_time_count / nullif(judged_count, 0), 2) as on_time_pct,
    round(100.0 * (judged_count - in_time_count) / nullif(judged_count, 0), 2) as late_pct,
    case
        when judged_count > 0 then null
        when open_in_time_count > 0 then 'not_yet_due'
        when cannot_tell_count > 0 then 'cannot_tell'
        else 'not_applicable'
    end as no_rate_reason
from counted
