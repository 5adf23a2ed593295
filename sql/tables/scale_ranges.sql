-- One row per calibration, survey, quantity and covariate (teff, logg, fe_h on the scale of the
-- reference, snr of the survey): where the trends were fitted. Terms are held at low and high, the
-- 0.5 and 99.5 % of the stars of the fit; beyond least and most, which ten stars lie outside of
-- or at, a value is not corrected at all. S/N has no such end.
-- key: run_id, survey, quantity, covariate
create table if not exists scale.ranges (
    run_id varchar not null,
    survey varchar not null,
    reference varchar not null,
    quantity varchar not null,
    covariate varchar not null,
    low double,
    high double,
    least double,
    most double,
    primary key (run_id, survey, quantity, covariate)
);
