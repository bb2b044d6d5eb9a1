-- The six groups of a published row add up to its total, to the hundredth. A row here means that the portal published
-- a sum that is none, or that a column was mapped to the wrong group: compare the file with the source YAML.
select
    file_sha256,
    row_number,
    sum(case when indicator_id = 'total' then score else -score end) as difference
from {{ ref('stg_published_scores') }}
group by file_sha256, row_number
having
    sum(case when indicator_id = 'total' then score else -score end) != 0
    or count(*) != 7
