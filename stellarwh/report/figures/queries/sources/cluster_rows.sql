-- Members of clusters, once: the view works out the values of all stars.
select
    scale,
    survey,
    cluster,
    logg,
    difference
from main.cluster_metallicities
