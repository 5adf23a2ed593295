-- The axes of a plane of differences; y has about half as many cells.
select
    n_points,
    x_first - x_margin as x_low,
    x_last + x_margin as x_high,
    y_first - y_margin as y_low,
    y_last + y_margin as y_high,
    floor(least(bins, 90))::integer as x_bins,
    floor(least(bins, 90))::integer * 11 // 20 as y_bins
from bulk
