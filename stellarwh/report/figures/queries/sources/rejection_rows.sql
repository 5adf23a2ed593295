-- How many rows of each survey each reason rejects, and how many of them it is the first reason
-- of; the empty reason counts all rows. Reasons as main.rejections counts them from the
-- catalogues: one look at what is stored of them.
with reasons as (
    select
        survey,
        unnest(rejection_reasons) as reason,
        unnest(range(len(rejection_reasons))) as place
    from main.measurements
    where len(rejection_reasons) > 0
)

select
    survey,
    reason,
    count(*) as n,
    count(*) filter (where place = 0) as n_first
from reasons
group by survey, reason
union all
select
    survey,
    '' as reason,
    count(*) as n,
    0 as n_first
from main.measurements
group by survey
