-- The [Fe/H] of each cluster, once: the view works out the values of all stars.
select
    scale,
    survey,
    cluster,
    quantity,
    n,
    median,
    scatter,
    slope,
    slope_err,
    literature,
    literature_source
from main.cluster_scatter
