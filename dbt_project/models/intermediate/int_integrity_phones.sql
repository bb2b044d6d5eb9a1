-- depends_on: {{ ref('int_dossiers_touched') }}
{%- set deliveries -%}
    (
        select
            dossier_key,
            {{ number_of_text('applicant_phone_key') }} as phone_number,
            {{ number_of_text('applicant_id_number_key') }} as person_number
        from {{ ref('int_dossier_deliveries') }}
        where applicant_phone_key is not null and applicant_id_number_key is not null
    ) as deliveries
{%- endset %}
with often_told as (
    select * from {{ ref('int_dossiers_often_told') }}
),

repeated as (
    select distinct deliveries.*
    from {{ deliveries }}
    inner join often_told on deliveries.dossier_key = often_told.dossier_key
),

-- what was told once is not looked through for repeats
told as (
    select
        deliveries.*,
        true as is_first_of_dossier
    from {{ deliveries }}
    left join often_told on deliveries.dossier_key = often_told.dossier_key
    where often_told.dossier_key is null

    union all

    select
        repeated.*,
        row_number() over (
            partition by dossier_key order by phone_number asc nulls last, person_number asc nulls last
        ) = 1 as is_first_of_dossier
    from repeated
),

dossiers as (
    select * from {{ ref('int_dossiers_now') }}
    where is_current and received_at is not null
)

select
    told.dossier_key,
    dossiers.source_system,
    dossiers.dossier_code,
    dossiers.agency_key,
    dossiers.received_at,
    told.phone_number,
    told.person_number,
    told.is_first_of_dossier
from told
inner join dossiers on told.dossier_key = dossiers.dossier_key
