-- Grain: a receipt, a transaction or a line of fees, as last told. The portal's own states and amounts; what a gateway
-- implies (paid, online) is filled in only where the portal says nothing.
with payments as (
    select * from {{ ref('stg_payments') }}
),

listings as (
    {{ last_listing() }}
),

dossiers as (
    select
        dossier_key,
        agency_key
    from {{ ref('fct_dossier_history') }}
    where is_current
),

latest as (
    select payments.*
    from payments
    left join listings on payments.dossier_key = listings.dossier_key
    where payments.payment_record_code != 'fee_line' or {{ is_still_listed('payments', 'listings') }}
    qualify {{ is_last_word('payments.payment_key') }}
),

filled as (
    select
        *,
        coalesce(fee_vnd, case when fee_type_code = 'fee' then total_vnd end) as known_fee_vnd,
        coalesce(charge_vnd, case when fee_type_code = 'charge' then total_vnd end) as known_charge_vnd,
        coalesce(payment_status_code, case when payment_gateway_code in ('national', 'agency') then 'paid' end)
            as known_status_code,
        coalesce(payment_method_code, case when payment_gateway_code in ('national', 'agency') then 'online' end)
            as known_method_code
    from latest
)

select
    filled.payment_key,
    filled.source_system,
    filled.dossier_code,
    dossiers.dossier_key,
    dossiers.agency_key,
    filled.payment_record_code,
    filled.transaction_reference,
    filled.receipt_number,
    filled.receipt_form_code,
    filled.receipt_series_code,
    filled.fee_name,
    filled.fee_type_code,
    filled.collection_code,
    filled.collected_at,
    cast(filled.collected_at as date) as collected_date,
    filled.known_fee_vnd as fee_vnd,
    filled.known_charge_vnd as charge_vnd,
    filled.total_vnd,
    filled.known_status_code as payment_status_code,
    filled.known_method_code as payment_method_code,
    filled.payment_gateway_code,
    filled.observed_at as last_observed_at,
    dossiers.dossier_key is not null as is_dossier_known,
    coalesce(filled.total_vnd, coalesce(filled.fee_vnd, 0) + coalesce(filled.charge_vnd, 0)) as amount_vnd,
    filled.fee_vnd + filled.charge_vnd = filled.total_vnd as is_total_the_sum,
    coalesce(filled.known_status_code = 'paid' and filled.known_method_code = 'online', false) as is_paid_online
from filled
left join dossiers on filled.dossier_key = dossiers.dossier_key
