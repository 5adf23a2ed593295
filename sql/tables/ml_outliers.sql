-- One row per value of a labelled star that lies far outside the others, or disagrees.
-- The star is kept: it was trained on all the same, and this table says where to look.
-- feature is the column of the view, a feature or a numeric label: robust_z is the distance
-- from the median in units of its own side's 1-sigma width (median to the 16th or 84th
-- percentile); beyond lower_limit or upper_limit it is more than 8. Where feature is
-- 'label_<target> - predicted', value is the label less the star's held-out prediction,
-- and robust_z that in standard deviations of the two together: more than 4.
-- key: run_id, star_id, feature
create table if not exists ml.outliers (
    run_id varchar not null,
    star_id bigint not null,
    feature varchar not null,
    value double not null,
    lower_limit double not null,
    upper_limit double not null,
    robust_z double not null
);
