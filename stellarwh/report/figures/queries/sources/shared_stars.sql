-- Stars that more than one survey saw. Of more than 25,000 of them one in some: those whose
-- star_id, which ends with bits of a hash, is divisible by step.
with counted as (
    select
        count(*) as n_all,
        greatest(ceil(count(*) / 25000), 1)::bigint as step
    from main.stars
    where len(surveys) > 1
)

select
    stars.star_id,
    counted.n_all,
    counted.step
from main.stars as stars
inner join counted on stars.star_id % counted.step = 0
where len(stars.surveys) > 1
