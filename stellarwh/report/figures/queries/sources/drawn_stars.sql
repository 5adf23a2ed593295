-- One star in how many is drawn: of more than a million those whose star_id, which ends with bits
-- of a hash, is divisible by step.
select pow(2, greatest(ceil(log2(greatest(count(*), 1) / 1e6)), 0))::bigint as step
from main.stars
