-- Every error in staging is positive and stands beside a value.
-- severity: fail
with
errors as (
    select
        survey,
        source_id,
        unnest([
            { 'name': 'teff', 'value': teff, 'err': teff_err },
            { 'name': 'logg', 'value': logg, 'err': logg_err },
            { 'name': 'fe_h', 'value': fe_h, 'err': fe_h_err },
            { 'name': 'alpha_fe', 'value': alpha_fe, 'err': alpha_fe_err },
            { 'name': 'mg_fe', 'value': mg_fe, 'err': mg_fe_err },
            { 'name': 'parallax', 'value': parallax, 'err': parallax_err },
            { 'name': 'ks_mag', 'value': ks_mag, 'err': ks_mag_err }
        ], recursive := true)
    from staging.all_surveys
)

select *
from errors
where err <= 0 or (err is not null and value is null);
