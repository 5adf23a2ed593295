-- One row per star: main.parameters, with learned values of Teff, log g, [Fe/H] and [alpha/Fe]
-- where they are better. _kind says which it is, 'measured' or 'learned'. A learned value is taken,
-- never averaged in (it shrinks [Fe/H] at the ends), where the star lies in the domain of the task
-- of one of its surveys (apogee_from_galah, apogee_from_lamost: the narrower of both) and the half
-- width of its 68 % interval, the error here, is below 0.8 of the measured error, or nothing was
-- measured; and only on the scale of APOGEE, from which these tasks learn. _sources names the task.
-- Of predictions that are stale (main.run_provenance) none is taken.
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
        any_value(entry) filter (where quantity = 'teff') as teff,
        any_value(entry) filter (where quantity = 'logg') as logg,
        any_value(entry) filter (where quantity = 'fe_h') as fe_h,
        any_value(entry) filter (where quantity = 'alpha_fe') as alpha_fe
    from learned_rows
    group by star_id
),

compared as (
    select
        parameters.*,
        case
            when learned.teff.err < 0.8 * parameters.teff_err or parameters.teff is null
                then learned.teff
        end as learned_teff,
        case
            when learned.logg.err < 0.8 * parameters.logg_err or parameters.logg is null
                then learned.logg
        end as learned_logg,
        case
            when learned.fe_h.err < 0.8 * parameters.fe_h_err or parameters.fe_h is null
                then learned.fe_h
        end as learned_fe_h,
        case
            when learned.alpha_fe.err < 0.8 * parameters.alpha_fe_err or parameters.alpha_fe is null
                then learned.alpha_fe
        end as learned_alpha_fe
    from main.parameters as parameters
    left join learned on parameters.star_id = learned.star_id
)

select
    * exclude (learned_teff, learned_logg, learned_fe_h, learned_alpha_fe)
    replace (
        coalesce(learned_teff."value", teff) as teff,
        case
            when learned_teff."value" is null then teff_err else learned_teff.err
        end as teff_err,
        case
            when learned_teff."value" is null then teff_n_surveys
        end as teff_n_surveys,
        case when learned_teff."value" is null then teff_chi2 end as teff_chi2,
        case
            when learned_teff."value" is null then teff_sources else [learned_teff.task]
        end as teff_sources,
        learned_teff."value" is not null or teff_in_range as teff_in_range,
        coalesce(learned_logg."value", logg) as logg,
        case
            when learned_logg."value" is null then logg_err else learned_logg.err
        end as logg_err,
        case
            when learned_logg."value" is null then logg_n_surveys
        end as logg_n_surveys,
        case when learned_logg."value" is null then logg_chi2 end as logg_chi2,
        case
            when learned_logg."value" is null then logg_sources else [learned_logg.task]
        end as logg_sources,
        learned_logg."value" is not null or logg_in_range as logg_in_range,
        coalesce(learned_fe_h."value", fe_h) as fe_h,
        case
            when learned_fe_h."value" is null then fe_h_err else learned_fe_h.err
        end as fe_h_err,
        case
            when learned_fe_h."value" is null then fe_h_n_surveys
        end as fe_h_n_surveys,
        case when learned_fe_h."value" is null then fe_h_chi2 end as fe_h_chi2,
        case
            when learned_fe_h."value" is null then fe_h_sources else [learned_fe_h.task]
        end as fe_h_sources,
        learned_fe_h."value" is not null or fe_h_in_range as fe_h_in_range,
        coalesce(learned_alpha_fe."value", alpha_fe) as alpha_fe,
        case
            when learned_alpha_fe."value" is null then alpha_fe_err else learned_alpha_fe.err
        end as alpha_fe_err,
        case
            when learned_alpha_fe."value" is null then alpha_fe_n_surveys
        end as alpha_fe_n_surveys,
        case when learned_alpha_fe."value" is null then alpha_fe_chi2 end as alpha_fe_chi2,
        case
            when learned_alpha_fe."value" is null then alpha_fe_sources else [learned_alpha_fe.task]
        end as alpha_fe_sources,
        learned_alpha_fe."value" is not null or alpha_fe_in_range as alpha_fe_in_range
    ),
    case
        when learned_teff."value" is not null then 'learned'
        when teff is not null then 'measured'
    end as teff_kind,
    case
        when learned_logg."value" is not null then 'learned'
        when logg is not null then 'measured'
    end as logg_kind,
    case
        when learned_fe_h."value" is not null then 'learned'
        when fe_h is not null then 'measured'
    end as fe_h_kind,
    case
        when learned_alpha_fe."value" is not null then 'learned'
        when alpha_fe is not null then 'measured'
    end as alpha_fe_kind
from compared;
