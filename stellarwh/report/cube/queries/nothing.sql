-- No star has a value.
select
    0::bigint as star_id,
    null::double as teff,
    null::double as logg,
    null::double as fe_h,
    null::double as alpha_fe
limit 0
