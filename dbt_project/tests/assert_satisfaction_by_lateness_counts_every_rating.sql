-- Under every definition each rating stands once, with its answer or without. A row here means that the crossing of
-- lateness and satisfaction lost ratings or multiplied them.
with ratings as (
    select count(*) as rating_count
    from {{ ref('fct_satisfaction') }}
),

crossed as (
    select
        definition_id,
        sum(rating_count) as rating_count,
        sum(
            very_satisfied_count + plainly_satisfied_count + neutral_count + unsatisfied_count + very_unsatisfied_count
            + unmapped_count + no_answer_count
        ) as answer_count
    from {{ ref('mart_satisfaction_by_lateness') }}
    group by definition_id
)

select crossed.definition_id
from crossed
cross join ratings
where crossed.rating_count != ratings.rating_count or crossed.answer_count != ratings.rating_count
