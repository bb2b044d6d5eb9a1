-- depends_on: {{ ref('ingestion_ledger') }}, {{ ref('stg_dossiers') }}, {{ source('built', 'built_files') }}
{% if is_night() %}

with ledger as (
    select * from {{ ref('ingestion_ledger') }}
),

built as (
    select * from {{ source('built', 'built_files') }}
),

new_files as (
    select
        ledger.file_sha256,
        ledger.source_id,
        ledger.export_scope
    from ledger
    left join built
        on
            ledger.kind = built.kind
            and ledger.file_sha256 = built.file_sha256
    where
        ledger.kind = 'dossiers'
        and ledger.status = 'accepted'
        and built.file_sha256 is null
),

deliveries as (
    select
        dossier_key,
        source_id,
        file_sha256
    from {{ ref('stg_dossiers') }}
)

select distinct dossier_key
from deliveries
where
    file_sha256 in (select new_files.file_sha256 from new_files)
    -- a full export speaks of every dossier of its source, by its silence too
    or source_id in (select new_files.source_id from new_files where new_files.export_scope = 'full')

{% else %}

    -- a run of the whole asks of no dossier
    select cast(null as string) as dossier_key
    where false

{% endif %}
