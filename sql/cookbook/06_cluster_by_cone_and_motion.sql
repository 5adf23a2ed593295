-- Stars that lie near a cluster and move with it: within two of its tidal sizes are members by
-- position, proper motion, velocity and parallax; a cone alone takes the field, too. Simulated
-- skies have no cluster.
-- topic: On the sky
select
    cluster,
    count(distinct star_id) as n_stars,
    median(separation) as median_separation,
    median(abs(motion_deviation)) as motion_sigma,
    median(abs(velocity_deviation)) as velocity_sigma
from main.cluster_members
where is_best and is_clean
group by cluster
order by n_stars desc, cluster
limit 10;
