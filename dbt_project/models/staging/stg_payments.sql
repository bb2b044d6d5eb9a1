with accepted as (
    select * from {{ source('raw', 'payments') }}
),

-- lines of one dossier that are named alike are told apart by their order
numbered as (
    select
        *,
        row_number() over (
            partition by
                file_sha256, dossier_code, payment_record_code, transaction_reference,
                receipt_form_code, receipt_series_code, receipt_number, fee_name, fee_type_label
            order by row_number asc nulls last
        ) as line_number
    from accepted
)

select
    source_system,
    dossier_code,
    payment_record_code,
    transaction_reference,
    receipt_number,
    receipt_form_code,
    receipt_series_code,
    fee_name,
    fee_type_code,
    fee_type_label,
    collection_code,
    collection_label,
    collected_at,
    has_collected_time,
    fee_vnd,
    charge_vnd,
    total_vnd,
    payment_status_code,
    payment_status_label,
    payment_method_code,
    payment_method_label,
    payment_gateway_code,
    payment_gateway_label,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    source_system || ':' || dossier_code as dossier_key,
    -- a reference or a receipt is one payment however often it stands in a file
    source_system || ':' || dossier_code || '#' || {{ digest([
        'payment_record_code', 'transaction_reference', 'receipt_form_code', 'receipt_series_code', 'receipt_number',
        "case when payment_record_code = 'fee_line' then fee_name end",
        "case when payment_record_code = 'fee_line' then fee_type_label end",
        "case when coalesce(transaction_reference, receipt_number) is null then line_number end",
    ]) }} as payment_key
from numbered
where {{ is_extracted_by_night('observed_at') }}
