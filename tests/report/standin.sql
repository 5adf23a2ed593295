-- A stand-in for a built warehouse: the columns that the report reads, three surveys.
select setseed(0.42);

create schema if not exists matching;

create or replace table main.sky as
with drawn as (
    select
        i as star_id,
        random() < 0.45 as is_giant,
        random() * 360 as ra,
        degrees(asin(2 * random() - 1)) as "dec",
        random() + random() + random() - 1.5 as u,
        random() + random() + random() - 1.5 as v,
        random() as in_apogee, random() as in_galah, random() as in_lamost
    from range(2500) as rows(i)
)
select
    *,
    case when is_giant then 4700 + 400 * u else 5800 + 800 * u end as teff,
    case when is_giant then 2.5 + u else 4.4 - 0.3 * u end as logg,
    0.4 * v - 0.2 as fe_h,
    0.1 - 0.15 * v as alpha_fe
from drawn;

create or replace table main.measurements as
with seen as (
    select 'apogee' as survey, 0.0 as bias, * from main.sky where in_apogee < 0.6
    union all by name
    select 'galah' as survey, -25.0 as bias, * from main.sky where in_galah < 0.5
    union all by name
    select 'lamost' as survey, 10.0 as bias, * from main.sky where in_lamost < 0.4
),
measured as (
    select
        *,
        10 ** (1.2 + 1.5 * random()) as snr
    from seen
)
select
    star_id, survey, survey || '.' || star_id as source_id, ra, "dec",
    teff + bias + 60 * (random() - 0.5) as teff,
    logg + 0.2 * (random() - 0.5) as logg,
    fe_h + 0.1 * (random() - 0.5) as fe_h,
    case when survey <> 'lamost' then alpha_fe + 0.05 * (random() - 0.5) end as alpha_fe,
    100 * (random() - 0.5) as radial_velocity,
    snr,
    30 + 900 / snr as teff_err,
    0.05 + 1 / snr as logg_err,
    0.03 + 0.5 / snr as fe_h_err,
    case when survey <> 'lamost' then 0.02 + 0.4 / snr end as alpha_fe_err,
    0.1 + 5 / snr as radial_velocity_err,
    case when survey = 'apogee' then 0.5 end as parallax,
    case when snr < 60 then ['STARFLAG:LOW_SNR'] else []::varchar[] end as quality_flags,
    case
        when snr < 20 then ['not_a_star', 'snr_low']
        when snr < 30 then ['snr_low']
        else []::varchar[]
    end as rejection_reasons,
    snr >= 30 as is_clean,
    true as is_best
from measured;

-- Second observations of some APOGEE stars, that stand for none of them.
insert into main.measurements
select
    * replace (
        source_id || '.again' as source_id,
        teff + 80 * sin(star_id) as teff,
        fe_h + 0.1 * cos(star_id) as fe_h,
        snr * 0.8 as snr,
        case when star_id % 8 = 0 then null else logg_err end as logg_err,
        false as is_best
    )
from main.measurements
where survey = 'apogee' and snr > 40 and star_id % 4 = 0;

create or replace table main.star_photometry as
select
    star_id,
    'apogee' as survey,
    1.2 - (teff - 5000) / 2500 as bp_rp_0,
    1.0 - (teff - 5000) / 3500 as j_ks_0,
    2 * logg - 4 as abs_g,
    2 * logg - 5 as abs_ks,
    9.0 as ks_mag,
    20.0 as parallax_over_error
from main.sky;

create or replace table main.stars as
select
    star_id, any_value(ra) as ra, any_value("dec") as "dec", list(survey order by survey) as surveys,
    -- Anywhere: of 12 times 4^29 cells.
    (hash(star_id) % 3458764513820540928)::bigint as healpix
from main.measurements
group by star_id;

create or replace table main.parameters as
select
    star_id, avg(teff) as teff, avg(logg) as logg, avg(fe_h) as fe_h, avg(alpha_fe) as alpha_fe
from main.measurements
where is_clean
group by star_id;

create or replace table matching.matches as
select
    l.survey as survey_left, r.survey as survey_right, 0.4 * random() as separation,
    case when random() < 0.4 then 'gaia_dr3' else 'position' end as matched_by
from main.measurements as l
inner join main.measurements as r on l.star_id = r.star_id and l.survey < r.survey;

create or replace table main.overlaps as
select
    survey_left, survey_right, count(*) as n_stars,
    count(*) filter (where matched_by <> 'position') as n_by_id,
    count(*) filter (where matched_by = 'position') as n_by_position,
    2.5::double as n_chance,
    median(separation) as median_separation
from matching.matches
group by survey_left, survey_right;

create or replace table main.survey_offsets as
select
    survey_left, survey_right, quantity, stage_group, 321 as n,
    -25.34 as "offset", 1.26 as offset_err, 62.1 as scatter
from main.overlaps
cross join (select unnest(['alpha_fe', 'teff', 'logg']) as quantity) as q
cross join (select unnest(['giant', 'all', 'dwarf']) as stage_group) as g;

create or replace table main.rejections as
select survey, 'snr_low' as reason, count(*) as n, 0.2 as fraction, 100 as n_rows
from main.measurements
where not is_clean
group by survey;

insert into meta.flag_bits values
('apogee', 'STARFLAG', 7, 'LOW_SNR', 'warn', false, 'S/N below 5');

insert into meta.columns by name
select
    'main' as schema_name, 'measurements' as table_name, 'teff' as column_name, 'K' as unit,
    'phys.temperature.effective' as ucd, 'effective temperature' as description;

insert into meta.null_audit (survey, column_name, rule, n, layer)
select 'apogee', 'COLUMN_' || i, 'sentinel', 100 - i, 'staging'
from range(30) as rows(i);

insert into ml.runs (
    run_id, task, kind, estimator, seed, folds, device, created_at, seconds,
    rows_labelled, targets, features, feature_types, data_fingerprint, view_sql,
    parameters, versions, artefacts_sha256
)
select
    task || '-' || day, task, kind, 'xgboost', 0, 5, 'cpu',
    make_timestamptz(2026, 1, day, 0, 0, 0.0), 12.5, 2500, targets, ['g_ks_0', 'ebv'],
    ['DOUBLE', 'DOUBLE'], repeat('ab', 32),
    'create view features.x as select 1;',
    '{"max_depth": 6}', '{"xgboost": "3.2.0", "duckdb": "2.0.0"}', 'ff'
from (
    values
    ('apogee_from_photometry', 'number', ['teff', 'alpha_fe'], 1),
    ('apogee_from_photometry', 'number', ['teff', 'alpha_fe'], 2),
    ('evolutionary_stage', 'class', ['stage'], 3)
) as given(task, kind, targets, day);

insert into ml.out_of_fold by name
with numbers as (
    select
        'apogee_from_photometry-2' as run_id, star_id, (star_id % 5)::integer as fold,
        unnest(['teff', 'alpha_fe']) as target,
        unnest([teff, alpha_fe]) as label,
        unnest([80.0, 0.03]) as sigma,
        random() + random() + random() - 1.5 as off
    from main.sky
)
select
    run_id, star_id, target, fold, label, sigma as label_err,
    label + 2 * off * sigma as value,
    abs(off) < 0.5 as covered_68, abs(off) < 0.85 as covered_90
from numbers;

insert into ml.out_of_fold by name
select
    'evolutionary_stage-3' as run_id, star_id, 'stage' as target, 0 as fold,
    case when is_giant then 'RGB' else 'dwarf' end as label_class,
    case when is_giant or star_id % 50 = 0 then 'RGB' else 'dwarf' end as class,
    0.5 + 0.5 * random() as probability,
    case
        when star_id % 10 = 0 then ['RGB', 'dwarf']
        when is_giant then ['RGB']
        else ['dwarf']
    end as prediction_set
from main.sky;

insert into ml.metrics by name
select
    'apogee_from_photometry-2' as run_id, 'teff' as target, metric, folds, 2500 as n, value,
    s.*
from (values ('mae', 61.2), ('bias', 0.4), ('coverage_68', 0.68), ('coverage_90', 0.9))
    as m(metric, value)
cross join (values ('blocked'), ('random')) as f(folds)
cross join (values
    ('all', 'all', null, null, null::double, null::double),
    ('giant', 'group', 'giant', null, null, null),
    ('snr<50', 'group', null, 'snr', '-infinity', 50)
) as s(stratum, stratum_kind, stage_group, axis, axis_low, axis_high);

insert into ml.metrics by name
select
    'apogee_from_photometry-2' as run_id, 'teff' as target, metric, 'blocked' as folds,
    concat_ws(' ', if(by_label, 'label', null), axis, axis_low, 'to', axis_high)
        as stratum,
    'bin' as stratum_kind, axis, by_label, axis_low, axis_high, n, value
from (values
    ('teff', false, 4500, 5000::double, 900, 4.0, 50.0),
    ('teff', false, 5000, 5500, 1000, -6.0, 50.0),
    ('teff', true, 4500, 5000, 499, 30.0, 50.0),
    ('fe_h', false, -0.5, -0.25, 800, 1.0, 60.0),
    ('snr', null, 200, 'infinity', 2000, 5.1, 50.0),
    ('snr', null, 100, 200, 900, 6.0, 50.0)
) as b(axis, by_label, axis_low, axis_high, n, bias, sigma)
unpivot (value for metric in (bias, sigma));

insert into ml.metrics (
    run_id, target, metric, folds, stratum, stratum_kind, stage_group, n, value
)
values
('evolutionary_stage-3', 'stage', 'accuracy', 'blocked', 'all', 'all', null, 2500, 0.98),
('evolutionary_stage-3', 'stage', 'accuracy', 'blocked', 'dwarf', 'group', 'dwarf', 1375, 0.96),
('evolutionary_stage-3', 'stage', 'coverage_90', 'blocked', 'dwarf', 'group', 'dwarf', 1375, 0.91),
('evolutionary_stage-3', 'stage', 'coverage_90', 'blocked', 'dwarf', 'class', null, 1375, 0.87),
('evolutionary_stage-3', 'stage', 'recall', 'blocked', 'dwarf', 'class', null, 1375, 0.96);

insert into ml.feature_importance
select runs.run_id, targets.target, features.feature, 'permutation', features.importance
from ml.runs as runs
cross join lateral (select unnest(runs.targets) as target) as targets
cross join (values ('g_ks_0', 0.8), ('ebv', 0.2)) as features(feature, importance);

insert into ml.predictions by name
select
    run_id, star_id, target, value, star_id % 9 > 0 as in_domain, true as is_out_of_fold
from ml.out_of_fold
where value is not null;

create or replace view features.apogee_from_photometry as select star_id from main.sky;
comment on view features.apogee_from_photometry
is 'One row per star, to learn <something>. same: teff = teff, fe_h = x;';

create or replace table main.benchmark_stars as
select 'HD ' || star_id as benchmark, survey, source_id, star_id
from main.measurements
where star_id % 100 = 7;

create or replace table main.benchmark_residuals as
with found as (
    select 'measured' as scale, stars.benchmark, rows.*
    from main.benchmark_stars as stars
    inner join main.measurements as rows using (survey, source_id)
    union all
    select 'combined' as scale, stars.benchmark, rows.* replace ('all' as survey)
    from main.benchmark_stars as stars
    inner join main.measurements as rows using (survey, source_id)
    where stars.survey = 'apogee'
),
told as (
    unpivot (select * exclude (alpha_fe, radial_velocity, snr, parallax) from found)
    on teff, logg, fe_h into name quantity value value
)
select
    scale, benchmark, survey, source_id, quantity, value,
    value - 0.1 as reference_value,
    0.1 + star_id / 1e4 as difference,
    case when quantity <> 'fe_h' then 0.05 end as difference_err,
    is_best, is_clean,
    true as is_newest,
    star_id <> 7 as is_recommended
from told;

create or replace table main.cluster_members as
select 'M' || star_id % 3 as cluster, star_id, survey, source_id
from main.measurements
where star_id % 100 between 50 and 55;

create or replace table main.cluster_metallicities as
select
    'measured' as scale, members.cluster, members.survey, rows.logg, rows.fe_h,
    case when members.cluster <> 'M0' then -0.2 end as literature,
    rows.fe_h - literature as difference
from main.cluster_members as members
inner join main.measurements as rows using (survey, source_id);

create or replace table main.cluster_scatter as
select
    scale, cluster, survey, 'fe_h' as quantity, count(*) as n, median(fe_h) as median,
    case when survey <> 'lamost' then 0.123 end as scatter,
    case when survey <> 'lamost' then -0.045 end as slope,
    case when survey <> 'lamost' then 0.011 end as slope_err,
    any_value(literature) as literature,
    case when cluster <> 'M0' then 'A book' end as literature_source
from main.cluster_metallicities
group by scale, cluster, survey;

create or replace table scale.in_use as
select 'scale-1' as run_id, 'apogee' as reference, 'fitted' as method;

insert into scale.runs by name
select
    'scale-1' as run_id, 'apogee' as reference, ['apogee', 'galah', 'lamost'] as surveys,
    7 as seed, timestamp '2026-01-03 04:05:00' as created_at, 2.5 as seconds,
    1234 as n_stars, 'ab' as data_fingerprint, '{}' as parameters, '{}' as versions,
    true as is_simulated, [] as sources;

create or replace table scale.outdated as
select 'scale-1' as run_id, 'galah' as survey, 'replaced or removed' as reason;

create or replace table scale.places as
select star_id, teff, logg, fe_h from main.sky;

create or replace table scale."values" as
with told as (
    unpivot (
        select star_id, survey, source_id, snr, teff, logg, fe_h, alpha_fe, radial_velocity
        from main.measurements
        where is_clean and is_best
    )
    on teff, logg, fe_h, alpha_fe, radial_velocity into name quantity value measured
)
select
    *,
    case quantity when 'teff' then 17.0 when 'radial_velocity' then 20.0 else 0.04 end
        as measured_err,
    measured + case when survey = 'galah' and quantity = 'teff' then 25 else 0 end as "value",
    measured_err * 1.2 as err,
    case when survey = 'apogee' then 0 else measured_err / 10 end as correction_err,
    star_id % 10 > 0 or survey = 'apogee' as in_range
from told;

create or replace table scale.constant_offsets as
select
    ''::varchar as survey, '' as quantity, 'all' as stage_group, 0.0 as zero_point,
    0.0 as zero_point_err, 0.0 as scatter
limit 0;

insert into scale.zero_points by name
select
    'scale-1' as run_id, survey, 'apogee' as reference, 'teff' as quantity,
    25.5 as zero_point, 1.3 as zero_point_err, 24.0 as scatter, 321 as n
from (values ('galah'), ('lamost')) as surveys(survey);

insert into scale.trends by name
select
    'scale-1' as run_id, 'galah' as survey, 'apogee' as reference, ['lamost'] as via,
    'teff' as quantity, term, place as "position", 10.5 * place as coefficient,
    case when place < 3 then 0.75 end as coefficient_err, []::double[] as covariances,
    321 as n
from (values ('constant', 1), ('giant', 2), ('teff', 3)) as terms(term, place);

insert into scale.error_factors by name
select
    'scale-1' as run_id, 'apogee' as survey, 'teff' as quantity, stage_group, snr_low,
    snr_high, 4.25 as factor, 0.13 as factor_err, 2.5 as floor_err, 'pairs' as method,
    321 as n, 1.75 as repeat_factor, 45 as n_repeats
from (values ('all', 0, 'inf'::double), ('giant', 0, 60), ('dwarf', 60, 'inf'::double))
    as groups(stage_group, snr_low, snr_high);
