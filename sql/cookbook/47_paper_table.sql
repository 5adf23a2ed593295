-- The table for your paper: one row a star, values with errors and where they are from, place and
-- motion, without stars in doubt. stellarwh export "$(cat paper.sql)" paper.fits keeps the units.
-- topic: The warehouse
select
    p.star_id,
    p.gaia_dr3_source_id,
    p.ra,
    p.dec,
    s.surveys,
    p.teff,
    p.teff_err,
    p.teff_kind,
    p.fe_h,
    p.fe_h_err,
    p.fe_h_kind,
    k.distance,
    k.distance_err,
    k.v_phi,
    k.v_phi_err
from main.best_parameters as p
inner join main.stars as s on p.star_id = s.star_id
left join main.kinematics as k on p.star_id = k.star_id
where
    p.teff_in_range and p.fe_h_in_range and p.fe_h_err < 0.1
    and not list_contains(p.disagreeing, 'teff') and not list_contains(p.disagreeing, 'fe_h')
    and not s.has_conflict
order by p.star_id
limit 10;
