-- The counts that the models loop over are those of the seed. A row here means that one list was extended and the
-- other forgotten: correct macros/published_statistics.sql or seeds/published_metrics.csv.
with seeded as (
    select metric_id from {{ ref('published_metrics') }}
),

looped as (
    {% for metric in published_metric_ids() %}
        select '{{ metric }}' as metric_id {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    seeded.metric_id as seeded_metric_id,
    looped.metric_id as looped_metric_id
from seeded
full outer join looped on seeded.metric_id = looped.metric_id
where seeded.metric_id is null or looped.metric_id is null
