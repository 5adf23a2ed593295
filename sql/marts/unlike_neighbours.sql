-- One row per star whose Teff, log g, [Fe/H] and [alpha/Fe] together are unlike those of any other,
-- as of the calibration in use: its 10 and its 40 nearest stars lie more than 1.7 times as dense
-- as the star (local_outlier_factor, Breunig et al. 2000), and all of them more than 3 of its own
-- errors away (nearest_sigma). Rare kinds, whose stars are far from each other as well, are not
-- among them. quantity is the one that fits least: value is what the star has, usual_value the
-- median of those alike in the rest. Without a calibration nothing is compared. main.parameters has
-- the stars, too.
-- key: star_id
create or replace view main.unlike_neighbours as
select
    found.star_id,
    found.quantity,
    found.quantities,
    found."value",
    found.err,
    found.usual_value,
    found.local_outlier_factor,
    found.nearest_sigma
from scale.unlike_neighbours as found
inner join scale.in_use as in_use on found.run_id = in_use.run_id;
