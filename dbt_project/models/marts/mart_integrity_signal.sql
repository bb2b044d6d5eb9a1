with findings as (
    select * from {{ ref('fct_integrity_finding') }}
    union all
    select * from {{ ref('fct_integrity_group_finding') }}
),

signals as (
    select * from {{ ref('integrity_signals') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
)

select
    findings.signal_code,
    signals.name_vi as signal_name_vi,
    signals.reason_vi,
    findings.source_system,
    agencies.parent_agency_name,
    agencies.agency_name,
    agencies.agency_code,
    findings.dossier_code,
    findings.happened_at,
    findings.measured_amount,
    signals.minimum_amount,
    signals.amount_unit,
    findings.period_month_date,
    findings.dossier_key,
    findings.agency_key,
    signals.status as signal_status
from findings
inner join signals on findings.signal_code = signals.signal_code
inner join agencies on findings.agency_key = agencies.agency_key
