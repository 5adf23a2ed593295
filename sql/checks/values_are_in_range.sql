-- No staged value lies outside the range that a star can have.
-- severity: fail
with
ranges (quantity, lowest, highest) as (
    values
        ('teff', 2000, 60000), ('logg', -2, 9), ('fe_h', -6, 2), ('alpha_fe', -3, 3),
        ('m_h', -6, 2), ('ra', 0, 360), ('dec', -90, 90), ('epoch', 1950, 2100),
        ('snr', -1000, 1e6), ('j_mag', -10, 30), ('h_mag', -10, 30), ('ks_mag', -10, 30),
        ('g_mag', -10, 30), ('bp_mag', -10, 30), ('rp_mag', -10, 30), ('a_ks', -1, 20),
        ('ebv', -1, 200), ('parallax', -1000, 1000), ('radial_velocity', -3000, 3000)
),

measured as (
    unpivot (
        select
            survey, source_id, teff, logg, fe_h, alpha_fe, m_h, ra, dec, epoch, snr, j_mag,
            h_mag, ks_mag, g_mag, bp_mag, rp_mag, a_ks, ebv, parallax, radial_velocity
        from staging.all_surveys
    )
    on
        teff, logg, fe_h, alpha_fe, m_h, ra, dec, epoch, snr, j_mag,
        h_mag, ks_mag, g_mag, bp_mag, rp_mag, a_ks, ebv, parallax, radial_velocity
    into name quantity value value
)

select
    measured.survey,
    measured.source_id,
    measured.quantity,
    measured.value
from measured
inner join ranges
    on measured.quantity = ranges.quantity
where measured.value not between ranges.lowest and ranges.highest;
