-- flag_names(survey, column, flags): names of the bits that are set, lowest bit first:
-- flag_names('apogee', 'STARFLAG', 17) is [BAD_PIXELS, LOW_SNR]. The names are those of
-- sql/flag_bits.csv (meta.flag_bits); a column without any there is an error, and bits
-- without a name there are 'UNKNOWN_BIT'. NULL flags have NULL names.
-- flag_labels(survey, column, flags): the same as 'STARFLAG:LOW_SNR', empty for NULL flags.
-- known_bits(survey, column): the bits that have a name, as a mask.
-- flag_family(survey, column): the entry of meta.flag_bits that describes a column, for
-- columns that share their bits: MG_FE_FLAG has PARAMFLAG's, flag_Mg_fe has flag_X_fe's.
create or replace macro flag_family(of_survey, of_column) as
    case
        when of_survey = 'apogee' and upper(of_column) = 'ANDFLAG' then 'STARFLAG'
        when
            of_survey = 'apogee'
            and regexp_matches(upper(of_column), '^(ELEMFLAG|FE_H_FLAG|[A-Z]+_FE_FLAG)$')
            then 'PARAMFLAG'
        when
            of_survey in ('galah', 'galah_dr4') and regexp_matches(lower(of_column), '^flag_.*_fe$')
            then 'flag_X_fe'
        else of_column
    end;

create or replace macro known_bits(of_survey, of_column) as (
    select coalesce(bit_or(1::bigint << stellarwh_bits.stellarwh_bit), 0)
    from flag_bit_rows() as stellarwh_bits
    where
        stellarwh_bits.stellarwh_survey = of_survey
        and stellarwh_bits.stellarwh_flag = lower(flag_family(of_survey, of_column))
);

create or replace macro flag_names(of_survey, of_column, flags) as
    case
        when flags is not null
            then list_transform(
                list_filter(
                    coalesce(
                        (
                            select
                                list(
                                    {
                                        'bit': stellarwh_bits.stellarwh_bit,
                                        'name': stellarwh_bits.stellarwh_name
                                    }
                                    order by stellarwh_bits.stellarwh_bit
                                )
                            from flag_bit_rows() as stellarwh_bits
                            where
                                stellarwh_bits.stellarwh_survey = of_survey
                                and stellarwh_bits.stellarwh_flag
                                = lower(flag_family(of_survey, of_column))
                        ),
                        error(
                            'No bits are known for ' || of_survey || ' ' || of_column
                            || '; select distinct survey, flag from meta.flag_bits.'
                        )
                    ),
                    lambda stellarwh_bit: has_bit(flags, stellarwh_bit.bit)
                ),
                lambda stellarwh_bit: stellarwh_bit.name
            ) || case
                when flag_word(flags) & ~known_bits(of_survey, of_column) <> 0
                    then ['UNKNOWN_BIT']
                else []
            end
    end;

create or replace macro flag_labels(of_survey, of_column, flags) as
    case
        when flags <> 0
            then list_transform(
                flag_names(of_survey, of_column, flags),
                lambda stellarwh_name: of_column || ':' || stellarwh_name
            )
        else []
    end;
