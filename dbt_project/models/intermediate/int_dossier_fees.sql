-- Grain: a dossier received that any receipt, transaction or line of fees tells of. A table, because a median cannot
-- be added up: procedures, agencies as they were and agencies of today each take theirs from here.
with dossiers as (
    select
        dossier_key,
        source_system,
        agency_key,
        procedure_key,
        cast(date_trunc('month', received_at) as date) as received_month_date
    from {{ ref('fct_dossier_history') }}
    where is_current and received_at is not null
),

payments as (
    select
        *,
        coalesce(payment_status_code, '') not in ('cancelled', 'refunded')
        and coalesce(collection_code, '') not in ('exempt', 'not_collected') as is_in_force
    from {{ ref('fct_payment') }}
    where is_dossier_known
),

-- one sum of money may stand in a receipt, a transaction and a line of fees: what was collected counts first
paid as (
    select
        dossier_key,
        coalesce(
            sum(case when payment_record_code = 'receipt' and is_in_force then amount_vnd end),
            sum(case when payment_record_code = 'transaction' and payment_status_code = 'paid' then amount_vnd end),
            sum(case when payment_record_code = 'fee_line' and is_in_force then amount_vnd end)
        ) as fee_vnd,
        max(case when is_in_force and amount_vnd > 0 then 1 else 0 end) = 1 as has_obligation,
        max(case when is_in_force and amount_vnd > 0 and is_paid_online then 1 else 0 end) = 1 as is_paid_online
    from payments
    group by dossier_key
)

select
    dossiers.dossier_key,
    dossiers.source_system,
    dossiers.agency_key,
    dossiers.procedure_key,
    dossiers.received_month_date,
    paid.has_obligation,
    paid.is_paid_online,
    case when paid.has_obligation then paid.fee_vnd end as fee_vnd
from dossiers
inner join paid on dossiers.dossier_key = paid.dossier_key
