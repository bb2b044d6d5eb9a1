-- The column totals of report form II.06a are the same by field, by unit and by both, for every system and period; what
-- is handed over within a system cancels out.
-- A row here means that a dossier is counted twice or nowhere; nothing may be published. The data team looks at the
-- marts.
with totals as (
    {%- for mart in ['mart_form_06a', 'mart_form_06a_by_field', 'mart_form_06a_by_unit'] %}
        select
            '{{ mart }}' as mart_name,
            source_system,
            period_type,
            period_start_date,
        {%- for column in form_06a_columns() + form_06a_notes() %}
            sum({{ column }}) as {{ column }}
            {{- "," if not loop.last }}
        {%- endfor %}
        from {{ ref(mart) }}
        group by source_system, period_type, period_start_date
        {{- ' union all' if not loop.last }}
    {%- endfor %}
)

select
    source_system,
    period_type,
    period_start_date
from totals
group by source_system, period_type, period_start_date
having
    count(*) != 3
    or max(handed_in_count) != max(handed_out_count)
    {%- for column in form_06a_columns() + form_06a_notes() %}
        or max({{ column }}) != min({{ column }})
    {%- endfor %}
