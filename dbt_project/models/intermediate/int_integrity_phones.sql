-- depends_on: {{ ref('int_dossiers_touched') }}
with deliveries as (
    select
        dossier_key,
        {{ number_of_text('applicant_phone_key') }} as phone_number,
        {{ number_of_text('applicant_id_number_key') }} as person_number
    from {{ ref('int_dossier_deliveries') }}
    where applicant_phone_key is not null and applicant_id_number_key is not null
),

told as (
    select distinct
        dossier_key,
        phone_number,
        person_number
    from deliveries
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
    told.person_number
from told
inner join dossiers on told.dossier_key = dossiers.dossier_key
