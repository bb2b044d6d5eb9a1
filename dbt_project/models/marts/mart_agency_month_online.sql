{{ agency_month_online() }}
