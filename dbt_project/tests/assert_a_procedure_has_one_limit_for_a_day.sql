-- one row per catalogue, procedure, channel and first day, and at most one without an end
select
    procedure_catalogue,
    procedure_code,
    channel_code
from {{ ref('int_procedure_limits') }}
group by procedure_catalogue, procedure_code, channel_code
having
    count(*) != count(distinct valid_from_date)
    or sum(case when valid_to_date is null then 1 else 0 end) > 1
