-- No two spans of one code hold on the same day, and none ends before it begins. A row here means that a register
-- was delivered with a contradiction: dossiers of those days are left unmapped, and whoever keeps the register
-- corrects it.
{{ config(severity = 'warn') }}

with agencies as (
    select * from {{ ref('int_agencies') }}
),

followed as (
    select
        agency_key,
        valid_from_date,
        valid_to_date,
        lead(valid_from_date) over (
            partition by agency_register, agency_code
            order by valid_from_date asc nulls last
        ) as next_from_date
    from agencies
)

select
    agency_key,
    valid_from_date,
    valid_to_date,
    next_from_date
from followed
where
    valid_to_date <= valid_from_date
    or (next_from_date is not null and (valid_to_date is null or valid_to_date > next_from_date))
