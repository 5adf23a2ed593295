-- Stars per HEALPix cell of order 5 (1.8 degrees), with the cell's centre; the order of the id of
-- a star is 29.
-- topic: On the sky
with cells as (
    select
        healpix_parent(29, healpix, 5) as cell,
        count(*) as n
    from main.stars
    group by cell
)

select
    cell,
    n,
    healpix_to_radec(5, cell) as centre
from cells
order by n desc, cell
limit 5;
