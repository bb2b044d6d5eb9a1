with delivered as (
    select file_name, count(*) as rows_read from {{ source('raw', 'dossiers') }} group by file_name
),

accepted as (
    select
        rows.file_name,
        count(*) as rows_accepted,
        sum(rows.times_delivered - 1) as rows_repeated,
        count(facts.dossier_key) as rows_modelled
    from {{ ref('stg_dossiers') }} as rows
    left join {{ ref('fct_dossier') }} as facts on rows.dossier_code = facts.dossier_code
    group by rows.file_name
),

refused as (
    select file_name, count(*) as rows_quarantined from {{ ref('quarantine') }} group by file_name
)

select
    delivered.file_name,
    delivered.rows_read,
    coalesce(accepted.rows_accepted, 0) as rows_accepted,
    coalesce(accepted.rows_modelled, 0) as rows_modelled,
    coalesce(refused.rows_quarantined, 0) as rows_quarantined,
    coalesce(accepted.rows_repeated, 0) as rows_repeated,
    coalesce(accepted.rows_accepted, 0) + coalesce(refused.rows_quarantined, 0) + coalesce(accepted.rows_repeated, 0)
        as rows_explained
from delivered
left join accepted on delivered.file_name = accepted.file_name
left join refused on delivered.file_name = refused.file_name
