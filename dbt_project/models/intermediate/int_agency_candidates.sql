with agencies as (
    select * from {{ ref('int_agencies') }}
),

successions as (
    select * from {{ ref('int_agency_successions') }}
)

-- codes of communes are national, so one table of successions speaks of the communes of every register
select
    agencies.agency_key,
    agencies.agency_register,
    agencies.agency_code,
    agencies.valid_to_date,
    successions.successor_agency_code as candidate_agency_code,
    min(successions.successor_agency_name) as candidate_agency_name,
    min(successions.succession_label) as succession_label,
    max(case when successions.is_whole then 1 else 0 end) as whole_count
from agencies
inner join successions
    on
        agencies.agency_code = successions.agency_code
        and agencies.valid_to_date = successions.succeeded_date
where agencies.agency_level = 'commune'
group by
    agencies.agency_key,
    agencies.agency_register,
    agencies.agency_code,
    agencies.valid_to_date,
    successions.successor_agency_code
