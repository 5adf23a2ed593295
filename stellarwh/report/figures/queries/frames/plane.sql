-- The axes of a plane, a little beyond the bulk of its points, and the ends of the colours.
select
    n_points,
    x_first,
    x_last,
    y_first,
    y_last,
    z_low,
    z_high,
    x_first - x_margin as x_low,
    x_last + x_margin as x_high,
    y_first - y_margin as y_low,
    y_last + y_margin as y_high,
    floor(least(bins, 150))::integer as x_bins,
    floor(least(bins, 150))::integer as y_bins
from bulk
