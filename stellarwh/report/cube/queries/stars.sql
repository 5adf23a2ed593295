-- One row per star of main.stars: its cell of the sky, the number of its set of surveys, and its
-- unit along each axis: 254 where it lies off the axis, 255 where it has no value.
select
    (stars.healpix >> $shift)::usmallint as cell,
    (list_position($sets, array_to_string(stars.surveys, chr(31))) - 1)::usmallint as survey_set,
    case
        when isfinite(teff) is not true then 255
        when teff < $teff_low or teff >= $teff_high then 254
        else unit_of(teff, $teff_num, $teff_den) - $teff_first
    end::utinyint as teff,
    case
        when isfinite(logg) is not true then 255
        when logg < $logg_low or logg >= $logg_high then 254
        else unit_of(logg, $logg_num, $logg_den) - $logg_first
    end::utinyint as logg,
    case
        when isfinite(fe_h) is not true then 255
        when fe_h < $fe_h_low or fe_h >= $fe_h_high then 254
        else unit_of(fe_h, $fe_h_num, $fe_h_den) - $fe_h_first
    end::utinyint as fe_h,
    case
        when isfinite(alpha_fe) is not true then 255
        when alpha_fe < $alpha_fe_low or alpha_fe >= $alpha_fe_high then 254
        else unit_of(alpha_fe, $alpha_fe_num, $alpha_fe_den) - $alpha_fe_first
    end::utinyint as alpha_fe
from main.stars as stars
left join cube_parameters as parameters on stars.star_id = parameters.star_id
