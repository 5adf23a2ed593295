-- Every position of one catalogue.
select
    ra,
    dec
from positions
where isfinite(ra) and abs(dec) <= 90
