with lines as (
    select
        *,
        cast(observed_at as date) as observed_date
    from {{ ref('stg_procedure_limits') }}
    where procedure_catalogue is not null
),

-- a newer delivery replaces all lines an older one gave the procedure
last_deliveries as (
    select
        procedure_catalogue,
        procedure_code,
        max(observed_date) as observed_date
    from lines
    group by procedure_catalogue, procedure_code
),

last_lines as (
    select lines.*
    from lines
    inner join last_deliveries
        on
            lines.procedure_catalogue = last_deliveries.procedure_catalogue
            and lines.procedure_code = last_deliveries.procedure_code
            and lines.observed_date = last_deliveries.observed_date
    qualify row_number() over (
        partition by lines.procedure_catalogue, lines.procedure_code, lines.line_number
        order by lines.observed_at desc nulls last, lines.row_number desc nulls last, lines.file_sha256 desc nulls last
    ) = 1
)

select
    procedure_catalogue || ':' || procedure_code || '#' || cast(line_number as string) as procedure_method_key,
    procedure_catalogue || ':' || procedure_code as procedure_key,
    procedure_catalogue,
    procedure_code,
    cast(line_number as bigint) as line_number,
    channel_code,
    limit_count_label,
    limit_unit_label,
    limit_count as limit_value,
    limit_unit,
    fee_label,
    {{ fee_reading('fee_label') }} as fee_reading,
    {{ stated_fee_vnd('fee_label') }} as stated_fee_vnd,
    parse_label,
    observed_at as catalogue_observed_at
from last_lines
