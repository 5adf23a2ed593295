-- How many benchmark stars and members of clusters there are.
select
    (select count(distinct benchmark) from main.benchmark_stars) as n_benchmarks,
    (select count(distinct star_id) from main.cluster_members) as n_members,
    (select count(distinct cluster) from main.cluster_members) as n_clusters
