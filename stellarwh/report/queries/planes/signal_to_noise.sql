-- log10 S/N of every row; the selected ones are clean.
select log10(snr) as x, null::double as y, null::double as z, is_clean as is_selected
from report_rows
where survey = $survey and snr > 0
