-- evolutionary_state(teff, logg): 'giant', 'subgiant' or 'main sequence', by the lines
-- of Huber et al. (2016) and Berger et al. (2018) for solar-metallicity tracks.
-- giant_limit_logg(teff): the log g below which a star of this Teff is a giant.
create or replace macro giant_limit_logg(teff) as
    case
        when teff is null then null
        when teff < 5000 then 3.9
        when teff < 5400 then 3.9 - 0.7 * (teff - 5000) / 400
        when teff < 6000 then 3.2 - 1.2 * (teff - 5400) / 600
        when teff < 6200 then 2.0 - 1.0 * (teff - 6000) / 200
        else 1.0
    end;

create or replace macro evolutionary_state(teff, logg) as
    case
        when teff is null or logg is null then null
        when logg < giant_limit_logg(teff) and logg < 3.876 then 'giant'
        when logg < atan((teff - 6300) / -67.172) / 4.671 + 3.876 then 'subgiant'
        else 'main sequence'
    end;
