-- One row per star with a clean LAMOST row whose best optical spectrum in raw.spectra is LAMOST's:
-- APOGEE's parameters from LAMOST's own (features.apogee_from_lamost) and from spectral indices
-- (main.star_indices): the 25 of Lick, the calcium triplet and Paschen lines, Hα, TiO and CaH.
-- With simulated spectra, on the same 1,273 stars and folds: mean absolute errors of 82 K where
-- LAMOST's values alone give 100 K, 0.136 (0.149) in log g, 0.071 (0.092) in [Fe/H], 0.035 (0.035)
-- in [alpha/Fe]. That closes the chain; of the sky it says nothing
-- (docs/explanation/spectral_indices.md).
-- Labels: label_teff, label_logg, label_fe_h, label_alpha_fe (with _err), of the best
-- APOGEE row where it is clean. Features: every other column but star_id and healpix_group.
-- same: teff = teff, logg = logg, fe_h = fe_h, alpha_fe = alpha_fe
-- key: star_id
create or replace view features.apogee_from_lamost_indices as
select
    plain.*,
    measured.cn1,
    measured.cn2,
    measured.ca4227,
    measured.g4300,
    measured.fe4383,
    measured.ca4455,
    measured.fe4531,
    measured.fe4668,
    measured.hbeta,
    measured.fe5015,
    measured.mg1,
    measured.mg2,
    measured.mgb,
    measured.fe5270,
    measured.fe5335,
    measured.fe5406,
    measured.fe5709,
    measured.fe5782,
    measured.nad,
    measured.tio1,
    measured.tio2,
    measured.hdelta_a,
    measured.hgamma_a,
    measured.hdelta_f,
    measured.hgamma_f,
    measured.cat,
    measured.pat,
    measured.halpha_16,
    measured.cah2,
    measured.cah3,
    measured.tio5
from features.apogee_from_lamost as plain
inner join main.star_indices as measured
    on plain.star_id = measured.star_id
where measured.optical_survey = 'lamost';
