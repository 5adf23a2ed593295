-- luminosity_class(teff, logg): 'V', 'IV', 'III' or 'I-II' from Teff and log g.
-- V: log g above 4.0 or main sequence; I-II: log g below 1.0; III: giant with log g up
-- to 3.2; IV: what lies between.
create or replace macro luminosity_class(teff, logg) as
    case
        when teff is null or logg is null then null
        when logg > 4.0 or evolutionary_state(teff, logg) = 'main sequence' then 'V'
        when logg < 1.0 then 'I-II'
        when evolutionary_state(teff, logg) = 'giant' and logg <= 3.2 then 'III'
        else 'IV'
    end;
