-- The photometry of stars beside their best clean rows, from whichever catalogue row of the star
-- has most of it: the view behind it is costly to repeat.
select
    report_rows.survey,
    report_rows.star_id,
    report_rows.fe_h,
    report_rows.is_of_any,
    photometry.survey as photometry_survey,
    photometry.bp_rp_0::real as bp_rp_0,
    photometry.j_ks_0::real as j_ks_0,
    photometry.ks_mag::real as ks_mag,
    photometry.abs_g::real as abs_g,
    photometry.abs_ks::real as abs_ks,
    photometry.parallax_over_error::real as parallax_over_error
from report_rows
inner join main.star_photometry as photometry on report_rows.star_id = photometry.star_id
where report_rows.is_best and report_rows.is_clean
