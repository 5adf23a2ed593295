-- Differences of benchmark stars, once: the view works out the values of all stars.
select
    scale,
    survey,
    benchmark,
    quantity,
    is_clean,
    reference_value,
    difference,
    difference_err
from main.benchmark_residuals
where is_best and is_newest and is_recommended
