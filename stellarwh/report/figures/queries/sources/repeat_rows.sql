-- Clean rows of a survey's drawn stars beside the best one of each, as main.repeats has them, a
-- row for all quantities: the lower S/N of both, differences, and the errors that both state.
with clean as (
    select
        measurements.star_id,
        measurements.is_best,
        snr,
        teff,
        logg,
        fe_h,
        alpha_fe,
        radial_velocity,
        case when teff_err between 1e-6 and 1e6 then teff_err end as teff_err,
        case when logg_err between 1e-6 and 1e6 then logg_err end as logg_err,
        case when fe_h_err between 1e-6 and 1e6 then fe_h_err end as fe_h_err,
        case when alpha_fe_err between 1e-6 and 1e6 then alpha_fe_err end as alpha_fe_err,
        case when radial_velocity_err between 1e-6 and 1e6 then radial_velocity_err end
            as radial_velocity_err
    from main.measurements as measurements
    inner join drawn_surveys on measurements.survey = drawn_surveys.survey
    where
        measurements.survey = $survey
        and (drawn_surveys.step = 1 or measurements.star_id % drawn_surveys.step = 0)
        and measurements.is_clean
        and measurements.star_id is not null
)

select
    least(best_row.snr, other_row.snr) as snr,
    best_row.teff - other_row.teff as d_teff,
    sqrt(pow(best_row.teff_err, 2) + pow(other_row.teff_err, 2)) as e_teff,
    best_row.logg - other_row.logg as d_logg,
    sqrt(pow(best_row.logg_err, 2) + pow(other_row.logg_err, 2)) as e_logg,
    best_row.fe_h - other_row.fe_h as d_fe_h,
    sqrt(pow(best_row.fe_h_err, 2) + pow(other_row.fe_h_err, 2)) as e_fe_h,
    best_row.alpha_fe - other_row.alpha_fe as d_alpha_fe,
    sqrt(pow(best_row.alpha_fe_err, 2) + pow(other_row.alpha_fe_err, 2)) as e_alpha_fe,
    best_row.radial_velocity - other_row.radial_velocity as d_radial_velocity,
    sqrt(pow(best_row.radial_velocity_err, 2) + pow(other_row.radial_velocity_err, 2))
        as e_radial_velocity
from clean as best_row
inner join clean as other_row on best_row.star_id = other_row.star_id
where best_row.is_best and not other_row.is_best
