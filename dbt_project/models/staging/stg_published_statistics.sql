with accepted as (
    select * from {{ source('raw', 'published_statistics') }}
)

select
    source_system,
    scope_type,
    scope_name,
    scope_name_key,
    parent_scope_name,
    period_label,
    period_start_date,
    period_end_date,
    {% for metric in published_metric_ids() %}
        {{ metric }},
    {% endfor %}
    source_url,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    -- two reports of one system may speak of one agency and period
    {{ digest([
        'source_system', 'source_id', 'scope_type', 'scope_name_key', 'parent_scope_name', 'period_start_date',
        'period_end_date'
    ]) }} as statistic_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
