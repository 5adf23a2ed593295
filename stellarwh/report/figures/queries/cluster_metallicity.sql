-- Members of clusters: [Fe/H] less that of the literature, against log g.
select
    scale,
    survey,
    cluster,
    true as is_clean,
    logg as x,
    difference as y
from cluster_rows
where logg is not null and difference is not null
order by scale = 'combined', survey, scale desc, x, cluster
