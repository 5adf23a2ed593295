-- trend_terms(teff, logg, fe_h, snr): what the difference of two surveys is linear in, at a
-- star's place among the parameters and the S/N of a spectrum: a constant, a step for giants
-- (giant_or_dwarf), slopes with (Teff - 5000) / 1000, log g - 3, [Fe/H] + 0.2 and 50 / S/N - 1,
-- and changes of slope above 6000 K, below [Fe/H] = -0.5 and below log g = 2.5. A list, in the
-- order of trend_term_names(). Without an S/N its term is 0; without a place there are none.
-- held(value, low, high): a value within limits, those of them that are known.
create or replace macro trend_term_names() as
    [
        'constant',
        'giant',
        'teff',
        'logg',
        'fe_h',
        'snr',
        'teff_above_6000',
        'fe_h_below_0.5',
        'logg_below_2.5'
    ];

create or replace macro trend_terms(teff, logg, fe_h, snr) as
    case
        when teff is not null and logg is not null and fe_h is not null
            then [
                1.0,
                (giant_or_dwarf(teff, logg) = 'giant')::integer::double,
                (teff - 5000) / 1000,
                logg - 3,
                fe_h + 0.2,
                coalesce(50 / snr - 1, 0),
                greatest(teff - 6000, 0) / 1000,
                least(fe_h + 0.5, 0),
                least(logg - 2.5, 0)
            ]::double[]
    end;

create or replace macro held(value, low, high) as
    case when value is not null then least(greatest(value, low), high) end;
