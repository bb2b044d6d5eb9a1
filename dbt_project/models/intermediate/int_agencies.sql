with deliveries as (
    select * from {{ ref('stg_agencies') }}
),

successions as (
    select * from {{ ref('int_agency_successions') }}
),

registered as (
    select
        agency_register,
        agency_code,
        agency_name,
        agency_name_key,
        agency_level,
        parent_agency_code,
        parent_agency_name,
        parent_agency_name_key,
        valid_from_date,
        valid_to_date,
        successor_agency_code,
        change_label,
        evidence_label
    from deliveries
    where agency_register is not null
    qualify row_number() over (
        partition by agency_register, agency_code, valid_from_date
        order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
),

-- a table of successions describes communes too: the old ones until that day, the new ones from it on
old_communes as (
    select
        agency_register,
        agency_code,
        agency_name,
        agency_name_key,
        parent_agency_code,
        parent_agency_name,
        parent_agency_name_key,
        known_from_date as valid_from_date,
        succeeded_date as valid_to_date
    from successions
),

new_communes as (
    select
        agency_register,
        successor_agency_code as agency_code,
        successor_agency_name as agency_name,
        successor_agency_name_key as agency_name_key,
        successor_parent_code as parent_agency_code,
        successor_parent_name as parent_agency_name,
        successor_parent_name_key as parent_agency_name_key,
        succeeded_date as valid_from_date,
        cast(null as date) as valid_to_date
    from successions
),

described as (
    select * from old_communes
    union all
    select * from new_communes
),

-- a code that the table gives to two names is an error of the table: it stands once, and under no name
communes as (
    select
        agency_register,
        agency_code,
        valid_from_date,
        min(valid_to_date) as valid_to_date,
        case when count(distinct agency_name_key) = 1 then min(agency_name) end as agency_name,
        case when count(distinct agency_name_key) = 1 then min(agency_name_key) end as agency_name_key,
        case when count(distinct parent_agency_code) = 1 then min(parent_agency_code) end as parent_agency_code,
        case when count(distinct parent_agency_code) = 1 then min(parent_agency_name) end as parent_agency_name,
        case when count(distinct parent_agency_code) = 1 then min(parent_agency_name_key) end
            as parent_agency_name_key
    from described
    where agency_register is not null
    group by agency_register, agency_code, valid_from_date
),

all_agencies as (
    select * from registered

    union all

    select
        communes.agency_register,
        communes.agency_code,
        coalesce(communes.agency_name, 'Mã ' || communes.agency_code || ' (nhiều tên)') as agency_name,
        communes.agency_name_key,
        'commune' as agency_level,
        communes.parent_agency_code,
        communes.parent_agency_name,
        communes.parent_agency_name_key,
        communes.valid_from_date,
        communes.valid_to_date,
        cast(null as string) as successor_agency_code,
        cast(null as string) as change_label,
        'Bảng chuyển đổi đơn vị hành chính' as evidence_label
    from communes
    left join registered
        on
            communes.agency_register = registered.agency_register
            and communes.agency_code = registered.agency_code
    where registered.agency_code is null
)

select
    agency_register,
    agency_code,
    agency_name,
    agency_name_key,
    agency_level,
    parent_agency_code,
    parent_agency_name,
    parent_agency_name_key,
    valid_from_date,
    valid_to_date,
    successor_agency_code,
    change_label,
    evidence_label,
    agency_register || ':' || agency_code || '@' || cast(valid_from_date as string) as agency_key
from all_agencies
