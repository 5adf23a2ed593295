-- Any two tables with positions in degrees: all pairs within one arcsecond.
-- topic: Matching
select *
from crossmatch('raw.apogee', 'raw.lamost', 1.0)
order by all
limit 5;
