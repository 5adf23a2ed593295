-- Stars within 5 degrees of a place that share its proper motion to 3 mas/yr: where a cone alone
-- would take the field. Put in place and motion of a cluster.
-- topic: On the sky
select
    star_id,
    ra,
    "dec",
    pmra,
    pmdec,
    parallax_corrected
from main.kinematics
where
    angular_separation(ra, "dec", 300.9, -6.0) < 5 * 3600
    and sqrt((pmra - 0) ^ 2 + (pmdec - -3) ^ 2) < 3
order by star_id
limit 10;
