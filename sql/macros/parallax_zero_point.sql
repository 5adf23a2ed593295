-- parallax_zero_point(survey): what to subtract from a survey's parallax (mas), the mean
-- parallax of quasars: -0.029 in Gaia DR2 (Lindegren et al. 2018), which GALAH DR3 carries;
-- -0.021 in EDR3 and DR3 (Groenewegen 2021), which APOGEE DR17 and GALAH DR4 carry; 0 for
-- any other catalogue. Bright stars differ by some 0.01 mas: Lindegren et al. (2021) give it
-- by magnitude, colour and place, which the catalogues here do not carry.
create or replace macro parallax_zero_point(survey) as
    case
        when survey = 'galah' then -0.029
        when survey in ('apogee', 'galah_dr4') then -0.021
        else 0.0
    end;
