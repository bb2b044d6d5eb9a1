with mentions as (
    select
        *,
        {{ digest([
            'source_system', 'agency_code', 'agency_name_key', 'parent_agency_name_key', 'agency_anchor_date'
        ]) }} as mention_key
    from {{ ref('int_agency_mentions') }}
),

agencies as (
    select * from {{ ref('int_agencies') }}
),

by_code as (
    select
        mentions.mention_key,
        agencies.agency_key,
        agencies.agency_code,
        true as has_same_parent
    from mentions
    inner join agencies
        on
            mentions.agency_register = agencies.agency_register
            and mentions.agency_code = agencies.agency_code
            and mentions.agency_anchor_date >= agencies.valid_from_date
            and (agencies.valid_to_date is null or mentions.agency_anchor_date < agencies.valid_to_date)
),

by_name as (
    select
        mentions.mention_key,
        agencies.agency_key,
        agencies.agency_code,
        coalesce(mentions.parent_agency_name_key = agencies.parent_agency_name_key, false) as has_same_parent
    from mentions
    inner join agencies
        on
            mentions.agency_register = agencies.agency_register
            and mentions.agency_name_key = agencies.agency_name_key
            and mentions.agency_anchor_date >= agencies.valid_from_date
            and (agencies.valid_to_date is null or mentions.agency_anchor_date < agencies.valid_to_date)
    where mentions.agency_code is null
),

candidates as (
    select * from by_code
    union all
    select * from by_name
),

-- a single candidate, or a single one under the parent that was named; else nobody is guessed
found as (
    select
        mention_key,
        agency_key,
        agency_code
    from candidates
    qualify
        count(*) over (partition by mention_key) = 1
        or (has_same_parent and sum(case when has_same_parent then 1 else 0 end) over (partition by mention_key) = 1)
)

select
    mentions.source_system,
    mentions.agency_register,
    mentions.agency_code,
    mentions.agency_name_key,
    mentions.parent_agency_name_key,
    mentions.agency_anchor_date,
    mentions.agency_name,
    case
        when found.agency_key is not null
            then found.agency_key
        when mentions.agency_register is not null
            then mentions.agency_register || ':unmapped'
        else mentions.source_system || ':' || coalesce(mentions.agency_code, mentions.agency_name, 'unmapped')
    end as agency_key,
    case
        when found.agency_key is not null
            then found.agency_code
        when mentions.agency_register is null
            then coalesce(mentions.agency_code, mentions.agency_name)
    end as resolved_agency_code,
    case
        when coalesce(mentions.agency_code, mentions.agency_name_key) is null then 'missing'
        when mentions.agency_register is null then 'as_delivered'
        when found.agency_key is null then 'unknown'
        when mentions.agency_code is not null then 'code'
        else 'name'
    end as agency_resolution
from mentions
left join found on mentions.mention_key = found.mention_key
