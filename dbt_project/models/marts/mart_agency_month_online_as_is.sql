{{ agency_month_online(is_as_is=true) }}
