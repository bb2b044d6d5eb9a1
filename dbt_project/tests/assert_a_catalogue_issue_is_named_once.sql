-- A procedure named twice for one issue would be counted twice in every list of the catalogue's mistakes.
select
    procedure_key,
    issue_code
from {{ ref('mart_procedure_catalogue_issue') }}
group by procedure_key, issue_code
having count(*) > 1
