with rows as (
    select * exclude (reason, row_number), min(row_number) as row_number, count(*) as times_delivered
    from {{ ref('stg_typed_rows') }}
    where reason is null
    group by all -- exact repeats
)

select
    rows.* exclude (status, channel, stated_outcome),
    case when rows.status is not null then coalesce(statuses.status_code, 'unmapped') end as status_code,
    case when rows.channel is not null then coalesce(channels.channel_code, 'unmapped') end as channel_code,
    case rows.stated_outcome
        when 'Sớm hạn' then 'early' when 'Đúng hạn' then 'on_time' when 'Trễ hạn' then 'late'
    end as stated_outcome_code
from rows
left join {{ source('reference', 'dossier_statuses') }} as statuses
    on rows.status = cast(statuses.national_code as varchar)
left join {{ source('reference', 'channels') }} as channels
    on rows.channel = cast(channels.national_code as varchar)
