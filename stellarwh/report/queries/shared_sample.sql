-- How many stars are looked at, of how many, and one in how many they are.
select
    count(*) as n,
    n_all,
    step
from shared_stars
group by n_all, step
