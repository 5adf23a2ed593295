-- Every flag bit that is set is named in sql/flag_bits.csv.
-- severity: warn
with
words as (
    select
        'apogee' as survey,
        'STARFLAG' as flag,
        flag_word(STARFLAG) as word
    from raw.apogee
    union all
    select
        'apogee',
        'ASPCAPFLAG',
        flag_word(ASPCAPFLAG)
    from raw.apogee
    union all
    select
        'apogee',
        'PARAMFLAG',
        flag_word(FE_H_FLAG)
    from raw.apogee
    union all
    select
        'apogee',
        'EXTRATARG',
        flag_word(EXTRATARG)
    from raw.apogee
    union all
    select
        'apogee',
        'RV_FLAG',
        flag_word(RV_FLAG)
    from raw.apogee
    union all
    select
        'galah',
        'flag_sp',
        flag_word(flag_sp)
    from raw.galah
    union all
    select
        'galah',
        'flag_fe_h',
        flag_word(flag_fe_h)
    from raw.galah
    union all
    select
        'galah',
        'flag_X_fe',
        flag_word(flag_alpha_fe)
    from raw.galah
    union all
    select
        'galah_dr4',
        'flag_sp',
        flag_word(flag_sp)
    from raw.galah_dr4
    union all
    select
        'galah_dr4',
        'flag_X_fe',
        flag_word(flag_mg_fe)
    from raw.galah_dr4
),

known as (
    select
        survey,
        flag,
        bit_or(1::bigint << "bit") as mask
    from meta.flag_bits
    group by survey, flag
)

select
    words.survey,
    words.flag,
    words.word & ~known.mask as unknown_bits,
    count(*) as n
from words
inner join known
    on words.survey = known.survey and words.flag = known.flag
where words.word & ~known.mask <> 0
group by all;
