-- How learned values differ from APOGEE's own, of stars that were held out: median and robust
-- scatter, and the share within the 68 % interval.
-- topic: Learned values
select
    predicted.target,
    count(*) as n,
    median(predicted.value - measured.value) as bias,
    1.4826 * mad(predicted.value - measured.value) as scatter,
    avg((measured.value between predicted.lower_68 and predicted.upper_68)::int) as within_68
from main.predictions as predicted
inner join main.calibrated as measured
    on
        predicted.star_id = measured.star_id
        and predicted.target = measured.quantity
        and measured.survey = 'apogee'
where predicted.task = 'apogee_from_lamost' and predicted.is_out_of_fold
group by predicted.target
order by predicted.target;
