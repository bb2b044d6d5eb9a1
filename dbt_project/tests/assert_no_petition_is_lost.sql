-- Every petition that was delivered is in the fact, with four clocks. A row here means that one was lost on the way,
-- most likely because its agency, its system or its data cut found no partner: the data team looks at fct_petition.
with delivered as (
    select distinct petition_key from {{ ref('stg_petitions') }}
),

facts as (
    select petition_key from {{ ref('fct_petition') }}
),

clocks as (
    select
        petition_key,
        count(*) as clock_count
    from {{ ref('fct_petition_clock') }}
    group by petition_key
)

select
    delivered.petition_key,
    clocks.clock_count
from delivered
left join facts on delivered.petition_key = facts.petition_key
left join clocks on delivered.petition_key = clocks.petition_key
where
    facts.petition_key is null
    or clocks.clock_count is distinct from 4
