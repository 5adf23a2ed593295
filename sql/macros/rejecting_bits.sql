-- rejecting_bits(survey, column): the bits of a flag column that reject what it describes
-- (a row, or one abundance), as a mask: rejecting_bits('apogee', 'MG_FE_FLAG') is 77.
-- unclean_bits(survey, column): the rejecting bits and all that have no name, which nobody can
-- say are harmless: what staging rejects by.
create or replace macro unclean_bits(of_survey, of_column) as (
    select
        ~coalesce(
            bit_or(1::bigint << stellarwh_bits.stellarwh_bit)
                filter (not stellarwh_bits.stellarwh_rejects),
            0
        )
    from flag_bit_rows() as stellarwh_bits
    where
        stellarwh_bits.stellarwh_survey = of_survey
        and stellarwh_bits.stellarwh_flag = lower(flag_family(of_survey, of_column))
);

create or replace macro rejecting_bits(of_survey, of_column) as (
    select coalesce(bit_or(1::bigint << stellarwh_bits.stellarwh_bit), 0)
    from flag_bit_rows() as stellarwh_bits
    where
        stellarwh_bits.stellarwh_rejects
        and stellarwh_bits.stellarwh_survey = of_survey
        and stellarwh_bits.stellarwh_flag = lower(flag_family(of_survey, of_column))
);
