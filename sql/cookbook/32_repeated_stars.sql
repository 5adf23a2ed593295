-- Stars that one survey observed more than once: by how much repeats scatter, in units of the
-- stated errors, 1 if these hold. Robust: 1.4826 times the median of the absolute values.
-- topic: One scale
select
    survey,
    quantity,
    count(*) as n,
    1.4826 * median(abs(difference)) as scatter,
    1.4826 * median(abs(difference) / difference_err) as errors_are_off_by
from main.repeats
where quantity in ('teff', 'logg', 'fe_h') and difference_err > 0
group by survey, quantity
order by survey, quantity;
