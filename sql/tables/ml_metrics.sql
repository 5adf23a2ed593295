-- One row per figure of merit of a run, on held-out stars.
-- folds says how they were held out: 'blocked' whole sky cells, 'random' single stars.
-- stratum names the stars that it is of; the columns after value say which they are.
-- stratum_kind 'all': all of them. 'group': a group of main.strata, by stage_group ('giant' or
-- 'dwarf') and by a range of S/N (axis, axis_low, axis_high), each NULL where it is of any.
-- 'features': those that have certain groups of features ('has ks_mag, galah_teff', each group
-- by its first feature). 'class': those of a class; of precision, those predicted to be.
-- 'bin': axis from axis_low to axis_high, of the label where by_label, else of the held-out
-- value; of S/N by_label is NULL. An open end of a range is infinite.
-- stratum_kind is NULL in runs that were stored by a version without these columns.
-- Numbers: mae, rmse, bias, sigma (robust), sigma_corrected (the label's own error taken
-- out), r2, coverage_68, coverage_90, bare_coverage_68, bare_coverage_90 (labels in the
-- interval as it stands: no stated error is used), width_68, width_90, copy_mae, copy_sigma,
-- linear_mae, linear_sigma (what the feature that is the same quantity gives as it is, and a
-- robust linear model, over the same held-out stars), cell_correlation, border_correlation
-- (of residuals of two stars in one sky cell and in neighbouring cells; n counts pairs).
-- Classes: accuracy,
-- balanced_accuracy, recall, precision, log_loss, brier, ece (expected calibration
-- error), coverage_90, set_size.
-- key: run_id, target, metric, folds, stratum_kind, stratum
create table if not exists ml.metrics (
    run_id varchar not null,
    target varchar not null,
    metric varchar not null,
    folds varchar not null,
    stratum varchar not null,
    n bigint not null,
    value double,
    stratum_kind varchar,
    stage_group varchar,
    axis varchar,
    by_label boolean,
    axis_low double,
    axis_high double
);
-- Warehouses made before these were columns lack them.
alter table ml.metrics add column if not exists stratum_kind varchar;
alter table ml.metrics add column if not exists stage_group varchar;
alter table ml.metrics add column if not exists axis varchar;
alter table ml.metrics add column if not exists by_label boolean;
alter table ml.metrics add column if not exists axis_low double;
alter table ml.metrics add column if not exists axis_high double;
