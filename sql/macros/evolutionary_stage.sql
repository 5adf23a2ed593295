-- evolutionary_stage(teff, logg, fe_h, c_fe, n_fe): 'dwarf', 'turn-off', 'subgiant',
-- 'RGB', 'red clump' or 'horizontal branch', from spectroscopic values on the APOGEE
-- scale; NULL where the rules do not decide.
-- Red clump: APOGEE's own rule (distance in Teff from the giant branch, and [C/N]) below
-- the upper log g of the APOGEE red-clump catalogue. Turn-off: our own threshold, a
-- main-sequence star of 3.9 < log g < 4.3 within 150 K of 5900 - 450 [Fe/H] or hotter.
-- teff_above_giant_branch(teff, logg, fe_h): Teff minus the ridge of the giant branch.
create or replace macro teff_above_giant_branch(teff, logg, fe_h) as
    teff - (4468 + (logg - 2.5) / 0.0018 - 382.5 * fe_h);

create or replace macro giant_stage(logg, above_branch, teff, c_n) as
    case
        when logg is null or above_branch is null then null
        when
            above_branch < 0
            or logg < 2.3
            or logg > (teff - 4800) / 1000 + 2.85
            then 'RGB'
        when above_branch > 100 then 'red clump'
        when c_n > -0.075 - 0.0025 * above_branch then 'red clump'
        when c_n < -0.1 - 0.005 * above_branch then 'RGB'
    end;

create or replace macro evolutionary_stage(teff, logg, fe_h, c_fe, n_fe) as
    case
        when teff is null or logg is null or fe_h is null then null
        when logg < 4 and teff > 7000 and fe_h < -1 then 'horizontal branch'
        when evolutionary_state(teff, logg) = 'giant'
            then giant_stage(
                logg, teff_above_giant_branch(teff, logg, fe_h), teff, c_fe - n_fe
            )
        when evolutionary_state(teff, logg) = 'subgiant' then 'subgiant'
        when
            logg > 3.9
            and logg < 4.3
            and teff > greatest(5600, least(6500, 5900 - 450 * fe_h)) - 150
            then 'turn-off'
        else 'dwarf'
    end;
