-- Stars whose values are known: benchmark stars and members of clusters.
select star_id
from main.benchmark_stars
union
select star_id
from main.cluster_members
