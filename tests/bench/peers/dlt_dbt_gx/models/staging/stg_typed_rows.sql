{%- set moments = [
    'applied_at', 'received_at', 'due_at', 'finished_at', 'returned_at', 'supplement_requested_at',
    'supplement_completed_at', 'apologised_at',
] -%}
{%- set counts = ['supplement_request_count', 'extension_count'] -%}

with typed as (
    select
        file_name, row_number, cast(extracted_on as timestamp) as observed_at, dossier_code, procedure_code, field_name, agency_code,
        status, channel, stated_outcome, applicant_id_number_key, applicant_phone_key,
        {%- for moment in moments %}
        {{ moment }} as {{ moment }}_text,
        try_strptime({{ moment }}, '%d/%m/%Y %H:%M:%S') as {{ moment }},
        {%- endfor %}
        {%- for count in counts %}
        {{ count }} as {{ count }}_text,
        try_cast({{ count }} as integer) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('raw', 'dossiers') }}
)

select
    * exclude (
        {%- for name in moments + counts %}{{ name }}_text{{ ', ' if not loop.last }}{% endfor -%}
    ),
    case
        when dossier_code is null then 'missing_key|dossier_code'
        {%- for moment in moments %}
        when {{ moment }}_text is not null and {{ moment }} is null then 'bad_timestamp|{{ moment }}'
        when {{ moment }} < date '2019-01-01' then 'date_out_of_range|{{ moment }}'
        {%- endfor %}
        {%- for count in counts %}
        when {{ count }}_text is not null and {{ count }} is null then 'bad_number|{{ count }}'
        {%- endfor %}
    end as reason
from typed
