-- giant_or_dwarf(teff, logg): 'dwarf' or 'giant' by the line of Ciardi et al. (2011): dwarfs
-- have log g of at least 3.5 above 6000 K, 4.0 below 4250 K, 5.2 - 0.00028 Teff in between.
-- group_on_scale(teff, logg, teff_offset, logg_offset): the same for values that are moved to
-- another survey's scale first, by the offset of all stars; an offset that is not known is 0.
-- By it main.survey_offsets groups stars.
create or replace macro giant_or_dwarf(teff, logg) as
    case
        when teff is null or logg is null then null
        when
            logg >= case
                when teff >= 6000 then 3.5
                when teff <= 4250 then 4.0
                else 5.2 - 0.00028 * teff
            end
            then 'dwarf'
        else 'giant'
    end;

create or replace macro group_on_scale(teff, logg, teff_offset, logg_offset) as
    giant_or_dwarf(teff + coalesce(teff_offset, 0), logg + coalesce(logg_offset, 0));
