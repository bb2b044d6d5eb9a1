with dialogues as (
    select * from {{ ref('stg_dialogues') }}
),

named as (
    select * from {{ ref('int_register_agencies') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
)

select
    dialogues.source_system || ':' || dialogues.dialogue_code as dialogue_key,
    dialogues.source_system,
    dialogues.dialogue_code,
    dialogues.held_date,
    dialogues.topic_label,
    dialogues.agency_name as delivered_agency_name,
    named.agency_key,
    named.agency_resolution,
    agencies.agency_code,
    agencies.agency_name,
    dialogues.participant_count,
    dialogues.question_count,
    dialogues.answered_count,
    {{ pct('dialogues.answered_count', 'dialogues.question_count') }} as answered_pct,
    dialogues.source_label,
    dialogues.is_sample
from dialogues
inner join named on {{ is_named_agency('dialogues', 'named', 'dialogues.held_date') }}
left join agencies on named.agency_key = agencies.agency_key
