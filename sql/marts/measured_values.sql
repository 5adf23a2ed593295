-- One row per value of a clean catalogue row of a star, of the quantities that surveys share:
-- what main.measurements has in columns, in rows, without those that are NULL.
-- key: survey, source_id, quantity
create or replace view main.measured_values as
with
listed as (
    select
        star_id,
        survey,
        source_id,
        snr,
        is_best,
        unnest([
            { 'quantity': 'teff', 'measured': teff, 'measured_err': teff_err },
            { 'quantity': 'logg', 'measured': logg, 'measured_err': logg_err },
            { 'quantity': 'fe_h', 'measured': fe_h, 'measured_err': fe_h_err },
            { 'quantity': 'alpha_fe', 'measured': alpha_fe, 'measured_err': alpha_fe_err },
            { 'quantity': 'c_fe', 'measured': c_fe, 'measured_err': c_fe_err },
            { 'quantity': 'n_fe', 'measured': n_fe, 'measured_err': n_fe_err },
            { 'quantity': 'o_fe', 'measured': o_fe, 'measured_err': o_fe_err },
            { 'quantity': 'na_fe', 'measured': na_fe, 'measured_err': na_fe_err },
            { 'quantity': 'mg_fe', 'measured': mg_fe, 'measured_err': mg_fe_err },
            { 'quantity': 'al_fe', 'measured': al_fe, 'measured_err': al_fe_err },
            { 'quantity': 'si_fe', 'measured': si_fe, 'measured_err': si_fe_err },
            { 'quantity': 'k_fe', 'measured': k_fe, 'measured_err': k_fe_err },
            { 'quantity': 'ca_fe', 'measured': ca_fe, 'measured_err': ca_fe_err },
            { 'quantity': 'ti_fe', 'measured': ti_fe, 'measured_err': ti_fe_err },
            { 'quantity': 'v_fe', 'measured': v_fe, 'measured_err': v_fe_err },
            { 'quantity': 'cr_fe', 'measured': cr_fe, 'measured_err': cr_fe_err },
            { 'quantity': 'mn_fe', 'measured': mn_fe, 'measured_err': mn_fe_err },
            { 'quantity': 'co_fe', 'measured': co_fe, 'measured_err': co_fe_err },
            { 'quantity': 'ni_fe', 'measured': ni_fe, 'measured_err': ni_fe_err },
            { 'quantity': 'cu_fe', 'measured': cu_fe, 'measured_err': cu_fe_err },
            { 'quantity': 'ce_fe', 'measured': ce_fe, 'measured_err': ce_fe_err },
            {
                'quantity': 'radial_velocity',
                'measured': radial_velocity,
                'measured_err': radial_velocity_err
            }
        ], recursive := true)
    from main.measurements
    where is_clean and star_id is not null
)

select
    star_id,
    survey,
    source_id,
    snr,
    is_best,
    quantity,
    measured,
    -- No pipeline states such errors: they would drown all others, or be drowned.
    case when measured_err between 1e-6 and 1e6 then measured_err end as measured_err
from listed
where measured is not null;
