-- parallax_zero_point(survey, g := …, bp_rp := …, ra := …, "dec" := …): what to subtract from a
-- survey's parallax (mas). For Gaia EDR3 and DR3, which APOGEE DR17, GALAH DR4 and MWM carry and an
-- extract of Gaia is of, that of Lindegren et al. (2021, A&A 649, A4; five-parameter
-- solutions), where G lies in 6 to 21 and the colour in its range; else the mean of quasars:
-- -0.021 (Groenewegen 2021). -0.029 for Gaia DR2 (Lindegren et al. 2018), which GALAH DR3
-- carries; 0 for any other catalogue.
-- gaia_dr3_zero_point(g, bp_rp, ra, dec): that of Lindegren et al., NULL out of its range.
-- effective_wavenumber(bp_rp): in 1/micron, from the colour (the same, A2, eq. 3).
-- sin_ecliptic_latitude(ra, dec): for the obliquity of J2000 that Gaia uses, 84381.411 arcsec.
-- zero_point_bin(g): number of the interval between the knots in G, from 1 to 12;
-- share_of_zero_point_bin(g): how far into it, from 0 to 1; zero_point_at(values, bin, share):
-- values at the 13 knots, linear in between.
create or replace macro effective_wavenumber(bp_rp) as
    1.76 - 1.61 / pi() * atan(0.531 * bp_rp);

create or replace macro sin_ecliptic_latitude(ra, "dec") as
    sin(radians("dec")) * cos(radians(84381.411 / 3600))
    - cos(radians("dec")) * sin(radians(84381.411 / 3600)) * sin(radians(ra));

create or replace macro zero_point_bin(g) as
    1 + (g >= 10.8)::integer + (g >= 11.2)::integer + (g >= 11.8)::integer
    + (g >= 12.2)::integer + (g >= 12.9)::integer + (g >= 13.1)::integer
    + (g >= 15.9)::integer + (g >= 16.1)::integer + (g >= 17.5)::integer
    + (g >= 19.0)::integer + (g >= 20.0)::integer;

create or replace macro zero_point_knots() as
    [6.0, 10.8, 11.2, 11.8, 12.2, 12.9, 13.1, 15.9, 16.1, 17.5, 19.0, 20.0, 21.0]::double[];

create or replace macro share_of_zero_point_bin(g) as
    list_transform(
        [zero_point_bin(g)],
        lambda bin: (g - zero_point_knots()[bin])
        / (zero_point_knots()[bin + 1] - zero_point_knots()[bin])
    )[1];

create or replace macro zero_point_at(knot_values, bin, share) as
    knot_values[bin] + (knot_values[bin + 1] - knot_values[bin]) * share;

-- The columns of its table 9, in microarcseconds: q00, q01, q02, q10, q11, q20, q30, q40.
create or replace macro zero_point_in_microarcsec(bin, share, wavenumber, latitude) as
    zero_point_at([
        -26.98, -27.23, -30.33, -33.54, -13.65, -19.53, -37.99, -38.33, -31.05, -29.18, -18.40,
        -12.65, -18.22
    ]::double[], bin, share)
    + latitude * zero_point_at([
        -9.62, -3.07, -9.23, -10.08, -0.07, -1.64, 2.63, 5.61, 2.83, -0.09, 5.98, -4.57, -15.24
    ]::double[], bin, share)
    + (latitude * latitude - 1.0 / 3) * zero_point_at([
        27.40, 23.04, 9.08, 13.28, 9.35, 15.86, 16.14, 15.42, 8.59, 2.41, -6.46, -7.46, -18.54
    ]::double[], bin, share)
    + greatest(least(wavenumber - 1.48, 0.24), -0.24) * zero_point_at([
        -25.1, 35.3, -88.4, -126.7, -111.4, -66.8, -5.7, 0, 0, 0, 0, 0, 0
    ]::double[], bin, share)
    + greatest(least(wavenumber - 1.48, 0.24), -0.24) * latitude * zero_point_at([
        0, 15.7, -11.8, 11.6, 40.6, 20.6, 14.0, 18.7, 15.5, 24.5, 5.5, 97.9, 128.2
    ]::double[], bin, share)
    + pow(greatest(least(1.48 - wavenumber, 0.24), 0), 3) * zero_point_at([
        -1257, -1257, -1257, -1257, -1257, -1257, -1257, -1189, -1404, -1165, 0, 0, 0
    ]::double[], bin, share)
    + least(wavenumber - 1.24, 0) * zero_point_at([
        0, 0, 0, 0, 0, 0, 107.9, 243.8, 105.5, 189.7, 0, 0, 0
    ]::double[], bin, share)
    + greatest(wavenumber - 1.72, 0) * zero_point_at([
        0, 0, 0, 0, 0, 0, 104.3, 155.2, 170.7, 325.0, 276.6, 0, 0
    ]::double[], bin, share);

-- What is used often is bound by lambdas, so that it is worked out once.
create or replace macro gaia_dr3_zero_point(g, bp_rp, ra, "dec") as
    case
        when g between 6 and 21 and effective_wavenumber(bp_rp) between 1.1 and 1.9
            then list_transform(
                [{
                    'bin': zero_point_bin(g),
                    'share': share_of_zero_point_bin(g),
                    'wavenumber': effective_wavenumber(bp_rp),
                    'latitude': sin_ecliptic_latitude(ra, "dec")
                }],
                lambda of_star: zero_point_in_microarcsec(
                    of_star.bin, of_star.share, of_star.wavenumber, of_star.latitude
                )
            )[1] / 1000
    end;

create or replace macro parallax_zero_point(
    survey, g := null, bp_rp := null, ra := null, "dec" := null
) as
    case
        when survey = 'galah' then -0.029
        when survey in ('apogee', 'galah_dr4', 'mwm', 'gaia')
            then coalesce(gaia_dr3_zero_point(g, bp_rp, ra, "dec"), -0.021)
        else 0.0
    end;
