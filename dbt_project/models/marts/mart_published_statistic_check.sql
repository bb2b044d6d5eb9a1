with figures as (
    select * from {{ ref('fct_published_statistic') }}
),

terms as (
    select * from {{ ref('published_identities') }}
),

term_counts as (
    select
        identity_id,
        count(*) as term_count
    from terms
    group by identity_id
),

-- only where every term was published: a missing figure is no zero
added as (
    select
        figures.statistic_key,
        figures.source_system,
        figures.scope_type,
        figures.scope_name,
        figures.parent_scope_name,
        figures.period_label,
        figures.period_start_date,
        figures.period_end_date,
        figures.source_url,
        figures.last_observed_at,
        terms.identity_id,
        terms.name_vi as identity_name_vi,
        terms.status as identity_status,
        count(*) as found_count,
        sum(case when terms.side = 'left' then figures.published_count else 0 end) as left_count,
        sum(case when terms.side = 'right' then figures.published_count else 0 end) as right_count
    from figures
    inner join terms on figures.metric_id = terms.metric_id
    group by
        figures.statistic_key,
        figures.source_system,
        figures.scope_type,
        figures.scope_name,
        figures.parent_scope_name,
        figures.period_label,
        figures.period_start_date,
        figures.period_end_date,
        figures.source_url,
        figures.last_observed_at,
        terms.identity_id,
        terms.name_vi,
        terms.status
)

select
    added.statistic_key,
    added.source_system,
    added.scope_type,
    added.scope_name,
    added.parent_scope_name,
    added.period_label,
    added.period_start_date,
    added.period_end_date,
    added.identity_id,
    added.identity_name_vi,
    added.identity_status,
    added.source_url,
    added.last_observed_at,
    cast(added.left_count as bigint) as left_count,
    cast(added.right_count as bigint) as right_count,
    cast(added.left_count - added.right_count as bigint) as difference_count,
    added.left_count = added.right_count as is_equal
from added
inner join term_counts
    on
        added.identity_id = term_counts.identity_id
        and added.found_count = term_counts.term_count
