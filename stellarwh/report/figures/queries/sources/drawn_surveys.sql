-- One star in how many is drawn of each survey: of more than a million rows those whose star_id,
-- which ends with bits of a hash, is divisible by step. Powers of two: what is drawn of one star in
-- many is drawn of one in fewer, too.
select
    survey,
    pow(2, greatest(ceil(log2(count(*) / 1e6)), 0))::bigint as step
from main.measurements
group by survey
