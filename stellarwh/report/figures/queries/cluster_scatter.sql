-- Clusters with the scatter of their [Fe/H], its slope against log g, and the literature.
select
    scale,
    survey,
    cluster,
    n,
    median,
    scatter,
    slope,
    slope_err,
    literature,
    literature_source
from cluster_summaries
where quantity = 'fe_h'
order by cluster, scale = 'combined', survey, scale desc
