-- One row per declared column of a catalogue of the user's own (quantity, as main.measurements
-- has it) of whose values fewer than half are what a star can have: most often another unit, such
-- as temperatures in kK, or another column. Those values are NULL. n_given counts values that are
-- no fillers, n_usable those that are left; median_value is the median of what was given.
-- key: survey, quantity
create or replace view staging.unusable_columns as
with
given as (
    select
        survey,
        quantity,
        count("value") as n_given,
        median("value") as median_value
    from (
        select
            survey,
            null_if_missing(teff) as teff,
            null_if_missing(logg) as logg,
            null_if_missing(fe_h) as fe_h,
            null_if_missing(alpha_fe) as alpha_fe,
            null_if_missing(c_fe) as c_fe,
            null_if_missing(n_fe) as n_fe,
            null_if_missing(o_fe) as o_fe,
            null_if_missing(na_fe) as na_fe,
            null_if_missing(mg_fe) as mg_fe,
            null_if_missing(al_fe) as al_fe,
            null_if_missing(si_fe) as si_fe,
            null_if_missing(k_fe) as k_fe,
            null_if_missing(ca_fe) as ca_fe,
            null_if_missing(ti_fe) as ti_fe,
            null_if_missing(v_fe) as v_fe,
            null_if_missing(cr_fe) as cr_fe,
            null_if_missing(mn_fe) as mn_fe,
            null_if_missing(co_fe) as co_fe,
            null_if_missing(ni_fe) as ni_fe,
            null_if_missing(cu_fe) as cu_fe,
            null_if_missing(ce_fe) as ce_fe,
            null_if_missing(radial_velocity) as radial_velocity,
            null_if_missing(parallax) as parallax,
            null_if_missing(snr) as snr
        from staging.own_columns
    )
    unpivot (
        "value" for quantity in (
            teff, logg, fe_h, alpha_fe, c_fe, n_fe, o_fe, na_fe, mg_fe, al_fe, si_fe, k_fe,
            ca_fe, ti_fe, v_fe, cr_fe, mn_fe, co_fe, ni_fe, cu_fe, ce_fe, radial_velocity,
            parallax, snr
        )
    )
    group by survey, quantity
),

usable as (
    select
        survey,
        quantity,
        count("value") as n_usable
    from staging.own_catalogues
    unpivot (
        "value" for quantity in (
            teff, logg, fe_h, alpha_fe, c_fe, n_fe, o_fe, na_fe, mg_fe, al_fe, si_fe, k_fe,
            ca_fe, ti_fe, v_fe, cr_fe, mn_fe, co_fe, ni_fe, cu_fe, ce_fe, radial_velocity,
            parallax, snr
        )
    )
    group by survey, quantity
)

select
    given.survey,
    given.quantity,
    given.n_given,
    coalesce(usable.n_usable, 0) as n_usable,
    given.median_value
from given
left join usable on given.survey = usable.survey and given.quantity = usable.quantity
where 2 * coalesce(usable.n_usable, 0) < given.n_given;
