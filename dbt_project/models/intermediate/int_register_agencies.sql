-- One row for each agency that a register names, with the day that decides who bore the name.
-- Not in int_agency_mentions: registers are small and made whole every night, mentions only for what a night touches.
with mentions as (
    select
        source_system,
        agency_code,
        agency_name_key,
        coalesce(chosen_date, {{ first_of_year('focus_year') }}) as agency_anchor_date
    from {{ ref('stg_focus_units') }}

    union distinct

    select
        source_system,
        agency_code,
        agency_name_key,
        due_date as agency_anchor_date
    from {{ ref('stg_reform_tasks') }}

    union distinct

    select
        source_system,
        agency_code,
        agency_name_key,
        inspected_date as agency_anchor_date
    from {{ ref('stg_inspections') }}

    union distinct

    select
        source_system,
        agency_code,
        agency_name_key,
        held_date as agency_anchor_date
    from {{ ref('stg_dialogues') }}

    union distinct

    select
        source_system,
        agency_code,
        agency_name_key,
        {{ quarter_start('evaluation_year', 'evaluation_quarter') }} as agency_anchor_date
    from {{ ref('stg_self_evaluations') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

agencies as (
    select * from {{ ref('int_agencies') }}
),

-- by code where one is given, else by name
candidates as (
    select
        mentions.source_system,
        mentions.agency_code as delivered_agency_code,
        mentions.agency_name_key,
        mentions.agency_anchor_date,
        source_systems.agency_register,
        agencies.agency_key
    from mentions
    inner join source_systems on mentions.source_system = source_systems.source_system
    left join agencies
        on
            source_systems.agency_register = agencies.agency_register
            and (
                mentions.agency_code = agencies.agency_code
                or (mentions.agency_code is null and mentions.agency_name_key = agencies.agency_name_key)
            )
            and mentions.agency_anchor_date >= agencies.valid_from_date
            and (agencies.valid_to_date is null or mentions.agency_anchor_date < agencies.valid_to_date)
)

-- nobody is guessed: what is not unique is unmapped
select
    source_system,
    delivered_agency_code,
    agency_name_key,
    agency_anchor_date,
    case
        when count(agency_key) = 1 then min(agency_key)
        else agency_register || ':unmapped'
    end as agency_key,
    case
        when count(agency_key) != 1 then 'unknown'
        when delivered_agency_code is not null then 'code'
        else 'name'
    end as agency_resolution
from candidates
group by source_system, agency_register, delivered_agency_code, agency_name_key, agency_anchor_date
