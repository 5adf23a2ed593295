-- Per survey: rows, survey stars (best rows), clean ones, median S/N.
select
    survey,
    count(*) as n_rows,
    count(*) filter (where is_best) as n_stars,
    count(*) filter (where is_clean) as n_clean,
    count(*) filter (where is_best and is_clean) as n_clean_stars,
    median(snr) as snr_median
from main.measurements
group by survey
order by survey
