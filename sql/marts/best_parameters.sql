-- One row per star: main.parameters, with learned values of Teff, log g, [Fe/H] and [alpha/Fe]
-- where they are better (macro better_of). _kind says which it is, 'measured' or 'learned'. A
-- learned value is taken, never averaged in (it shrinks [Fe/H] at the ends), where the star lies in
-- the domain of the task of one of its surveys (apogee_from_galah, apogee_from_lamost: the narrower
-- of both) and the half width of its 68 % interval, the error here, is below 0.8 of the measured
-- error, or nothing was measured; never where what was measured disagrees (disagreeing); and only
-- on the scale of APOGEE, from which these tasks learn. Intervals that are taken for being narrow
-- hold less often than all: of [Fe/H] 61 % instead of 68 (docs/explanation/one_scale.md). _sources
-- names the task. Of predictions that are stale (main.run_provenance) none is taken.
-- key: star_id
create or replace view main.best_parameters as
with
learned_rows as (
    select
        star_id,
        target as quantity,
        { 'value': "value", 'err': (upper_68 - lower_68) / 2, 'task': task } as entry
    from main.predictions
    where
        task in ('apogee_from_galah', 'apogee_from_lamost')
        and target in ('teff', 'logg', 'fe_h', 'alpha_fe')
        and in_domain
        and not coalesce(is_stale, false)
        and 'apogee' in (select in_use.reference from scale.in_use as in_use)
    qualify row_number() over (partition by star_id, target order by upper_68 - lower_68, task) = 1
),

learned as (
    select
        star_id,
        any_value(entry) filter (where quantity = 'teff') as learned_teff,
        any_value(entry) filter (where quantity = 'logg') as learned_logg,
        any_value(entry) filter (where quantity = 'fe_h') as learned_fe_h,
        any_value(entry) filter (where quantity = 'alpha_fe') as learned_alpha_fe
    from learned_rows
    group by star_id
),

compared as (
    select
        parameters.*,
        better_of(
            teff, teff_err, teff_n_surveys, teff_chi2, teff_sources,
            teff_in_range, list_contains(disagreeing, 'teff'), learned_teff
        ) as best_teff,
        better_of(
            logg, logg_err, logg_n_surveys, logg_chi2, logg_sources,
            logg_in_range, list_contains(disagreeing, 'logg'), learned_logg
        ) as best_logg,
        better_of(
            fe_h, fe_h_err, fe_h_n_surveys, fe_h_chi2, fe_h_sources,
            fe_h_in_range, list_contains(disagreeing, 'fe_h'), learned_fe_h
        ) as best_fe_h,
        better_of(
            alpha_fe, alpha_fe_err, alpha_fe_n_surveys, alpha_fe_chi2, alpha_fe_sources,
            alpha_fe_in_range, list_contains(disagreeing, 'alpha_fe'), learned_alpha_fe
        ) as best_alpha_fe
    from main.parameters as parameters
    left join learned on parameters.star_id = learned.star_id
)

select
    star_id,
    gaia_dr3_source_id,
    ra,
    "dec",
    l,
    b,
    snr,
    disagreeing,
    best_teff."value" as teff,
    best_teff.err as teff_err,
    best_teff.kind as teff_kind,
    best_teff.n_surveys as teff_n_surveys,
    best_teff.chi2 as teff_chi2,
    best_teff.sources as teff_sources,
    best_teff.in_range as teff_in_range,
    best_logg."value" as logg,
    best_logg.err as logg_err,
    best_logg.kind as logg_kind,
    best_logg.n_surveys as logg_n_surveys,
    best_logg.chi2 as logg_chi2,
    best_logg.sources as logg_sources,
    best_logg.in_range as logg_in_range,
    best_fe_h."value" as fe_h,
    best_fe_h.err as fe_h_err,
    best_fe_h.kind as fe_h_kind,
    best_fe_h.n_surveys as fe_h_n_surveys,
    best_fe_h.chi2 as fe_h_chi2,
    best_fe_h.sources as fe_h_sources,
    best_fe_h.in_range as fe_h_in_range,
    best_alpha_fe."value" as alpha_fe,
    best_alpha_fe.err as alpha_fe_err,
    best_alpha_fe.kind as alpha_fe_kind,
    best_alpha_fe.n_surveys as alpha_fe_n_surveys,
    best_alpha_fe.chi2 as alpha_fe_chi2,
    best_alpha_fe.sources as alpha_fe_sources,
    best_alpha_fe.in_range as alpha_fe_in_range,
    compared.* exclude (
        star_id, gaia_dr3_source_id, ra, "dec", l, b, snr, disagreeing,
        best_teff, best_logg, best_fe_h, best_alpha_fe,
        teff, teff_err, teff_n_surveys, teff_chi2, teff_sources, teff_in_range,
        logg, logg_err, logg_n_surveys, logg_chi2, logg_sources, logg_in_range,
        fe_h, fe_h_err, fe_h_n_surveys, fe_h_chi2, fe_h_sources, fe_h_in_range,
        alpha_fe, alpha_fe_err, alpha_fe_n_surveys, alpha_fe_chi2, alpha_fe_sources,
        alpha_fe_in_range
    )
from compared;
