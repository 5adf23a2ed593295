-- One row per star with a distance or a parallax: how far away it is, by what, and how good it is.
-- A catalogue's own distance goes first: the photogeometric one of APOGEE (Bailer-Jones et al.
-- 2021, AJ 161, 147), GALAH's (r_est_dr2: geometric, from Gaia DR2, Bailer-Jones et al. 2018,
-- AJ 156, 58; DR4: r_med), one of an own catalogue; of several the narrowest. Where none gives
-- one, the inverse of the parallax less its zero point (parallax_zero_point), if that is at least
-- 5 times its error: beyond an error of 20 % an inverse parallax is biased (Bailer-Jones 2015,
-- PASP 127, 994). distance_source is 'photogeometric', 'parallax' or the survey whose catalogue
-- gives it; distance is NULL where distance_quality says why. distance_err is half of what lies
-- between distance_lo and distance_hi (68 %). The parallax is that with the smallest error;
-- ruwe is of its row, where the survey gives it: above 1.4 a single star does not explain the
-- astrometry. All this is of Gaia and photometry: rows that are not clean count too.
-- key: star_id
create or replace view main.star_distances as
with
given as (
    select
        star_id,
        survey as distance_survey,
        case survey when 'apogee' then 'photogeometric' else survey end as distance_source,
        distance,
        case when distance_lo > 0 and distance_lo <= distance then distance_lo end
            as distance_lo,
        case when distance_hi >= distance and distance_hi < 'infinity' then distance_hi end
            as distance_hi
    from main.measurements
    where is_best and star_id is not null and distance > 0 and distance < 'infinity'
    qualify
        row_number() over (
            partition by star_id
            order by
                (distance_hi - distance_lo) / distance asc nulls last,
                survey_rank(survey),
                survey
        ) = 1
),

measured as (
    select
        star_id,
        survey as parallax_survey,
        parallax - parallax_zero_point(
            survey,
            g := g_mag,
            bp_rp := coalesce(bp_mag - rp_mag, bp_rp),
            ra := ra,
            "dec" := "dec"
        ) as parallax_corrected,
        parallax_err,
        ruwe
    from main.measurements
    where is_best and star_id is not null and parallax is not null
    qualify
        row_number() over (
            partition by star_id
            order by parallax_err asc nulls last, survey_rank(survey), survey
        ) = 1
),

both_kinds as (
    select
        coalesce(given.star_id, measured.star_id) as star_id,
        measured.parallax_corrected / measured.parallax_err as parallax_over_error,
        given.distance is null and parallax_over_error >= 5 as is_inverse,
        given.* exclude (star_id),
        measured.* exclude (star_id)
    from given
    full join measured on given.star_id = measured.star_id
),

chosen as (
    select
        star_id,
        case when is_inverse then 'parallax' else distance_source end as distance_source,
        case when is_inverse then parallax_survey else distance_survey end as distance_survey,
        case when is_inverse then 1000 / parallax_corrected else distance end as distance,
        case when is_inverse then 1000 / (parallax_corrected + parallax_err) else distance_lo end
            as distance_lo,
        case when is_inverse then 1000 / (parallax_corrected - parallax_err) else distance_hi end
            as distance_hi,
        parallax_survey,
        parallax_corrected,
        parallax_err,
        parallax_over_error,
        ruwe
    from both_kinds
)

select
    star_id,
    distance_source,
    distance_survey,
    parallax_survey,
    distance,
    (distance_hi - distance_lo) / 2 as distance_err,
    distance_lo,
    distance_hi,
    parallax_corrected,
    parallax_err,
    parallax_over_error,
    ruwe,
    case
        when distance_err <= 0.1 * distance then 'error up to 10 %'
        when distance_err <= 0.2 * distance then 'error up to 20 %'
        when distance_err > 0.2 * distance then 'error above 20 %'
        when distance is not null then 'error unknown'
        when parallax_over_error is null then 'parallax without error'
        when parallax_corrected <= 0 then 'parallax not positive'
        else 'parallax below 5 errors'
    end as distance_quality
from chosen;
