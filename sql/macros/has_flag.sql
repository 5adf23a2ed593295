-- has_flag(survey, column, flags, name): true if the bit of that name is set:
-- has_flag('apogee', 'ASPCAPFLAG', ASPCAPFLAG, 'STAR_BAD'). NULL where the flags are NULL;
-- a name that meta.flag_bits does not list is an error.
create or replace macro has_flag(of_survey, of_column, flags, of_name) as
    has_bit(
        flags,
        coalesce(
            (
                select max(stellarwh_bits.stellarwh_bit)
                from flag_bit_rows() as stellarwh_bits
                where
                    stellarwh_bits.stellarwh_survey = of_survey
                    and stellarwh_bits.stellarwh_flag = lower(flag_family(of_survey, of_column))
                    and lower(stellarwh_bits.stellarwh_name) = lower(of_name)
            ),
            error(
                'No bit ' || of_name || ' is known in ' || of_survey || ' ' || of_column
                || '; select * from meta.flag_bits.'
            )
        )
    );
