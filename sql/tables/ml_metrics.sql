-- One row per figure of merit of a run, on held-out stars.
-- folds says how they were held out: 'blocked' whole sky cells, 'random' single stars.
-- stratum is 'all', a group of stars (main.star_strata), those that have certain groups of
-- features ('has ks_mag, galah_teff', each group by its first feature), a class, or a bin:
-- 'teff 4500 to 5000' of the held-out value, 'label teff 4500 to 5000' of the label. For
-- recall and precision of a class the stratum is the class.
-- Numbers: mae, rmse, bias, sigma (robust), sigma_corrected (the label's own error taken
-- out), r2, coverage_68, coverage_90, bare_coverage_68, bare_coverage_90 (labels in the
-- interval as it stands: no stated error is used), width_68, width_90, copy_mae, copy_sigma,
-- linear_mae, linear_sigma (what the feature that is the same quantity gives as it is, and a
-- robust linear model, over the same held-out stars), cell_correlation, border_correlation
-- (of residuals of two stars in one sky cell and in neighbouring cells; n counts pairs).
-- Classes: accuracy,
-- balanced_accuracy, recall, precision, log_loss, brier, ece (expected calibration
-- error), coverage_90, set_size.
-- key: run_id, target, metric, folds, stratum
create table if not exists ml.metrics (
    run_id varchar not null,
    target varchar not null,
    metric varchar not null,
    folds varchar not null,
    stratum varchar not null,
    n bigint not null,
    value double
);
