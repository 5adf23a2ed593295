-- What surveys give for benchmark stars less the newest reference values that are recommended.
select
    scale,
    survey,
    benchmark,
    is_clean,
    reference_value as x,
    difference as y,
    difference_err as y_err
from benchmark_rows
where quantity = $quantity
order by scale = 'combined', survey, scale desc, x, benchmark
