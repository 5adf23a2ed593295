-- in_kiel_region(teff, logg): whether stars can have such a Teff and log g at all, drawn with room
-- to spare: fainter than the Eddington limit (kappa 0.34 cm2/g: log g = 4 log Teff - 15.19), not
-- below the main sequence of metal-poor stars, and not between the cool dwarfs and the coolest red
-- giants, where no star has had the time to come. Young stars that still contract lie in that gap.
create or replace macro in_kiel_region(teff, logg) as
    case
        when teff is null or logg is null then null
        else
            logg > 4 * log10(teff) - 15.19
            and logg < case
                when teff < 3500 then 5.6
                when teff < 5000 then 5.6 - 0.6 * (teff - 3500) / 1500
                when teff < 7000 then 5.0 - 0.2 * (teff - 5000) / 2000
                else 4.8
            end
            and (
                teff > 4570
                or logg < (teff - 3050) / 400
                or logg > 4.4 - 0.6 * greatest(teff - 4000, 0) / 570
            )
    end;
