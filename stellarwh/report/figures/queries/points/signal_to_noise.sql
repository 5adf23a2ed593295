-- log10 S/N of every row; the selected ones are clean.
select
    log10(snr) as x,
    is_clean as is_selected
from report_rows
where survey = $survey and snr > 0
