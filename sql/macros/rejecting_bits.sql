-- rejecting_bits(survey, column): the bits of a flag column that reject what it describes
-- (a row, or one abundance), as a mask: rejecting_bits('apogee', 'MG_FE_FLAG') is 77.
-- unclean_bits(survey, column): the rejecting bits and all that have no name, which nobody can
-- say are harmless: what staging rejects by.
create or replace macro unclean_bits(of_survey, of_column) as (
    select ~coalesce(bit_or(1::bigint << bits.bit) filter (not bits.rejects), 0)
    from meta.flag_bits as bits
    where
        bits.survey = of_survey
        and lower(bits.flag) = lower(flag_family(of_survey, of_column))
);

create or replace macro rejecting_bits(of_survey, of_column) as (
    select coalesce(bit_or(1::bigint << bits.bit), 0)
    from meta.flag_bits as bits
    where
        bits.rejects
        and bits.survey = of_survey
        and lower(bits.flag) = lower(flag_family(of_survey, of_column))
);
