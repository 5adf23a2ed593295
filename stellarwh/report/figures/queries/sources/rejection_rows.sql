-- How many rows of each survey each reason rejects, as main.rejections counts them from the
-- catalogues: one look at what is stored of them.
select
    survey,
    reason,
    count(*) as n
from (
    select
        survey,
        unnest(rejection_reasons) as reason
    from main.measurements
    where not is_clean
) as reasons
group by survey, reason
