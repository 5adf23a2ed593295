-- Stars whose values are counted. Of more than 50,000 of them one in some: those whose star_id,
-- which ends with bits of a hash, is divisible by step.
with counted as (
    select
        count(*) as n_all,
        greatest(ceil(count(*) / 50000), 1)::bigint as step
    from main.stars
)

select
    stars.star_id,
    counted.n_all,
    counted.step
from main.stars as stars
inner join counted on stars.star_id % counted.step = 0
