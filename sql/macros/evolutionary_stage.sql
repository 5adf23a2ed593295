-- evolutionary_stage(teff, logg, fe_h, c_fe, n_fe, giant_class := null, release := 'DR17'):
-- 'dwarf', 'turn-off', 'subgiant', 'RGB', 'red clump' or 'horizontal branch', from
-- spectroscopic values on the scale of that APOGEE release; NULL where the rules do not decide.
-- Red clump: the survey's own class of the giant ('RC', 'RGB') where there is one, else
-- APOGEE's rule of DR13 (distance in Teff from the giant branch, and [C/N]) below the upper
-- log g of the APOGEE red-clump catalogue. Turn-off: our own threshold, a
-- main-sequence star of 3.9 < log g < 4.3 within 150 K of 5900 - 450 [Fe/H] or hotter.
-- giant_branch_teff(release): Teff of the ridge between clump and giant branch at log g 2.5,
-- solar [Fe/H]. DR12 to DR14: 4468 K, as APOGEE's pipeline had it. DR16 and DR17, which are
-- hotter and have another log g: 4650 K, by which 10,720 giants of APOKASC-3 (seismic states,
-- calibrated values) come out 95.6 % pure and 95.6 % complete; by 4468 K 69 and 98 %. APOGEE's
-- own class of them is 94.7 % pure and 95.9 % complete.
-- teff_above_giant_branch(teff, logg, fe_h, release := 'DR17'): Teff minus that ridge.
-- release_of(survey): the release in the warehouse, as meta.ingests has it.
create or replace macro release_of(of_survey) as (
    select max(ingests.release)
    from meta.ingests as ingests
    where ingests.survey = of_survey
);

create or replace macro giant_branch_teff(release) as
    case when regexp_matches(release, 'DR1[0-5]') then 4468 else 4650 end;

create or replace macro teff_above_giant_branch(teff, logg, fe_h, release := 'DR17') as
    teff - (giant_branch_teff(release) + (logg - 2.5) / 0.0018 - 382.5 * fe_h);

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

create or replace macro evolutionary_stage(
    teff, logg, fe_h, c_fe, n_fe, giant_class := null, release := 'DR17'
) as
    case
        when teff is null or logg is null or fe_h is null then null
        when logg < 4 and teff > 7000 and fe_h < -1 then 'horizontal branch'
        when evolutionary_state(teff, logg) = 'giant'
            then case giant_class
                when 'RC' then 'red clump'
                when 'RGB' then 'RGB'
                else giant_stage(
                    logg,
                    teff_above_giant_branch(teff, logg, fe_h, release := release),
                    teff,
                    c_fe - n_fe
                )
            end
        when evolutionary_state(teff, logg) = 'subgiant' then 'subgiant'
        when
            logg > 3.9
            and logg < 4.3
            and teff > greatest(5600, least(6500, 5900 - 450 * fe_h)) - 150
            then 'turn-off'
        else 'dwarf'
    end;
