{{ timesheet_days(ref('int_plain_calendar_days')) }}
