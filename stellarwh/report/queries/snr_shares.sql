-- How the S/N of each survey's rows is distributed: 24 steps of its logarithm, from 1 to 1000.
select
    survey,
    least(greatest(floor(log10(snr) * 8), 0), 23)::integer as step,
    count(*) as n
from report_rows
where snr > 0 and isfinite(snr)
group by survey, step
order by survey, step
