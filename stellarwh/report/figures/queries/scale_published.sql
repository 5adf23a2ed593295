-- GALAH less APOGEE, as measured here and on the one scale, beside what is published of the
-- whole catalogues: GALAH DR4 less APOGEE DR17, in the paper of GALAH DR4 (Buder et al.).
with published as (
    select unnest([
        { 'quantity': 'teff', 'published': -8.0, 'published_scatter': 78.0 },
        { 'quantity': 'logg', 'published': 0.0, 'published_scatter': 0.10 },
        { 'quantity': 'fe_h', 'published': -0.022, 'published_scatter': 0.061 },
        { 'quantity': 'radial_velocity', 'published': -0.09, 'published_scatter': 0.39 }
    ], recursive := true)
),

told as (
    select
        quantity,
        count(*) as n,
        median(-measured) as measured,
        1.4826 * mad(measured) as measured_scatter,
        median(-calibrated) as calibrated,
        1.4826 * mad(calibrated) as calibrated_scatter
    from scale_pair_rows
    where survey_left = 'apogee' and survey_right = 'galah'
    group by quantity
)

select
    published.quantity,
    told.n,
    told.measured,
    told.measured_scatter,
    told.calibrated,
    told.calibrated_scatter,
    published.published::double as published,
    published.published_scatter::double as published_scatter
from published
inner join told on published.quantity = told.quantity
order by list_position(['teff', 'logg', 'fe_h', 'radial_velocity'], published.quantity)
