{#
  The chain from a state of a dossier to all that follows from it, row by row.
  Here: the columns a state has, and what is told of it by the row alone.
  Not here: what needs the other rows of the same dossier (int_dossier_history and what follows it), the rules of the
  definitions (int_outcome_…). Each model of the chain hands on every column it was given and adds its own; none joins
  dossiers to dossiers, so ten million of them pass in one stream.
  Explained in docs/architecture.md, "Accepted → modelled".
#}

{# What a portal said, with the delivered codes and names under names of their own. #}
{% macro said_columns() -%}
    {{ return([
        'dossier_key', 'source_system', 'dossier_code', 'status_code', 'channel_code', 'applied_at', 'received_at',
        'has_received_time', 'due_at', 'has_due_time', 'planned_end_at', 'finished_at', 'has_finished_time', 'returned_at',
        'stated_outcome_code', 'supplement_request_count', 'supplement_requested_at', 'supplement_completed_at',
        'extension_count', 'apologised_at', 'agency_name', 'agency_name_key', 'parent_agency_name_key',
    ]) }}
{%- endmacro %}

{# One saying about a dossier, as observations hold it. #}
{% macro observed_columns() -%}
    {{ return([
        'dossier_key', 'source_system', 'dossier_code', 'procedure_code', 'procedure_name', 'field_name', 'agency_code',
        'agency_name', 'agency_name_key', 'parent_agency_name', 'parent_agency_name_key', 'status_code', 'status_label',
        'channel_code', 'channel_label', 'applied_at', 'received_at', 'has_received_time', 'due_at', 'has_due_time',
        'planned_end_at', 'finished_at', 'has_finished_time', 'returned_at', 'stated_outcome_code', 'stated_outcome_label',
        'supplement_request_count', 'supplement_requested_at', 'supplement_completed_at', 'extension_count',
        'apologised_at', 'applicant_id_number_key', 'applicant_phone_key', 'state_key', 'source_id', 'file_sha256',
        'row_number', 'observed_at',
    ]) }}
{%- endmacro %}

{# The columns that make two sayings the same state. #}
{% macro state_key_columns() -%}
    {{ return([
        'procedure_code', 'procedure_name', 'field_name',
        'agency_code', 'agency_name_key', 'parent_agency_name_key',
        'status_code', 'channel_code',
        'applied_at', 'received_at', 'has_received_time', 'due_at', 'has_due_time',
        'planned_end_at', 'finished_at', 'has_finished_time', 'returned_at',
        'stated_outcome_code', 'supplement_request_count', 'supplement_requested_at', 'supplement_completed_at',
        'extension_count', 'apologised_at',
    ]) }}
{%- endmacro %}

{% macro state_columns() -%}
    {{ return(said_columns() + [
        'delivered_procedure_code', 'delivered_procedure_name', 'delivered_field_name', 'delivered_agency_code',
        'version_number', 'is_current', 'is_listed', 'valid_from_at', 'valid_to_at', 'first_observed_at',
        'last_observed_at', 'state_first_observed_at', 'observation_count', 'no_longer_listed_since_at',
        'is_absence_certain', 'agency_anchor_date', 'status_since_at', 'stated_supplement_count', 'supplement_count',
        'supplement_count_basis', 'first_due_at', 'last_due_at', 'closing_due_at', 'due_change_count',
        'has_due_changed_after_expiry',
    ]) }}
{%- endmacro %}

{% macro placed_columns() -%}
    {{ return(state_columns() + [
        'calendar_code', 'agency_register', 'procedure_catalogue', 'procedure_key', 'procedure_code', 'procedure_name',
        'procedure_resolution', 'field_name', 'agency_key', 'agency_code', 'agency_resolution', 'has_delivered_agency',
    ]) }}
{%- endmacro %}

{% macro case_columns() -%}
    {{ return(placed_columns() + [
        'timesheet_code', 'cutoff_minute', 'first_known_date', 'last_known_date', 'case_unknown_reason', 'limit_source',
        'limit_basis', 'limit_value', 'limit_unit', 'supplement_policy', 'limit_from_at', 'has_limit_from_time',
        'paused_from_at', 'paused_until_at',
    ]) }}
{%- endmacro %}

{# The columns of a list, of a relation or of the only one that is read. #}
{% macro listed(columns, relation='') -%}
    {%- for column in columns %}
    {{ relation ~ '.' if relation }}{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The day that decides which agency bore a code or name. #}
{% macro agency_anchor_date(state, observed_at) -%}
    cast(coalesce({{ state }}.received_at, {{ state }}.applied_at, {{ observed_at }}) as date)
{%- endmacro %}

{# Requests for papers that the portal states; a moment of asking or of coming in says of one at least. #}
{% macro stated_supplement_count(state) -%}
    coalesce(
        {{ state }}.supplement_request_count,
        case
            when coalesce({{ state }}.supplement_requested_at, {{ state }}.supplement_completed_at) is not null then 1
        end
    )
{%- endmacro %}

{% macro supplement_count(stated, observed) -%}
    greatest(coalesce({{ stated }}, 0), {{ observed }})
{%- endmacro %}

{% macro supplement_count_basis(stated, observed) -%}
    case
        when {{ observed }} > coalesce({{ stated }}, 0) then 'observed'
        when {{ stated }} is not null then 'stated'
        else 'none'
    end
{%- endmacro %}
