-- One row per value that a survey gives for a benchmark star and edition of the reference
-- values, on a scale: by how much it differs. scale is 'measured', the survey's own value;
-- 'calibrated', the same on the one scale (main.calibrated, of clean rows); or 'combined',
-- that of main.parameters, whose survey is 'all' and whose source_id is the star_id.
-- reference_value is that of meta.benchmark_values; [Mg/Fe] and its like are [Mg/H] less [Fe/H]
-- there. is_newest marks the newest edition that knows the star's quantity. difference is
-- value less reference, difference_err has the errors of both, as far as they are known.
-- key: scale, edition, survey, source_id, quantity
create or replace view main.benchmark_residuals as
with
metallicities as (
    select
        benchmark,
        edition,
        value,
        mark
    from meta.benchmark_values
    where quantity = 'fe_h'
),

reference_values as (
    select
        benchmark,
        edition,
        quantity,
        value,
        err,
        is_recommended,
        mark
    from meta.benchmark_values
    where quantity in ('teff', 'logg', 'fe_h')
    union all
    select
        elements.benchmark,
        elements.edition,
        replace(elements.quantity, '_h', '_fe') as quantity,
        elements.value - metallicities.value as value,
        elements.err,
        elements.is_recommended,
        least(elements.mark, metallicities.mark) as mark
    from meta.benchmark_values as elements
    inner join metallicities
        on
            elements.benchmark = metallicities.benchmark
            and elements.edition = metallicities.edition
    where elements.quantity in ('mg_h', 'si_h', 'ca_h', 'ti_h')
),

ranked as (
    select
        *,
        edition = max(edition) over (partition by benchmark, quantity) as is_newest
    from reference_values
),

measured as (
    select
        'measured' as scale,
        found.*,
        unnest([
            { 'quantity': 'teff', 'value': rows.teff, 'err': rows.teff_err },
            { 'quantity': 'logg', 'value': rows.logg, 'err': rows.logg_err },
            { 'quantity': 'fe_h', 'value': rows.fe_h, 'err': rows.fe_h_err },
            { 'quantity': 'mg_fe', 'value': rows.mg_fe, 'err': rows.mg_fe_err },
            { 'quantity': 'si_fe', 'value': rows.si_fe, 'err': rows.si_fe_err },
            { 'quantity': 'ca_fe', 'value': rows.ca_fe, 'err': rows.ca_fe_err },
            { 'quantity': 'ti_fe', 'value': rows.ti_fe, 'err': rows.ti_fe_err }
        ], recursive := true)
    from main.benchmark_stars as found
    inner join main.measurements as rows
        on
            found.star_id = rows.star_id
            and found.survey = rows.survey
            and found.source_id = rows.source_id
),

calibrated as (
    select
        'calibrated' as scale,
        found.*,
        moved.quantity,
        moved.value,
        moved.err
    from main.benchmark_stars as found
    inner join scale."values" as moved
        on
            found.star_id = moved.star_id
            and found.survey = moved.survey
            and found.source_id = moved.source_id
    where moved.quantity in ('teff', 'logg', 'fe_h', 'mg_fe', 'si_fe', 'ca_fe', 'ti_fe')
),

combined as (
    select
        'combined' as scale,
        found.benchmark,
        best.star_id,
        best.quantity,
        best.value,
        best.err
    from (
        select
            star_id,
            arg_min(benchmark, separation) as benchmark
        from main.benchmark_stars
        group by star_id
    ) as found
    inner join scale.star_values as best on found.star_id = best.star_id
    where best.quantity in ('teff', 'logg', 'fe_h', 'mg_fe', 'si_fe', 'ca_fe', 'ti_fe')
),

given as (
    select
        scale,
        benchmark,
        star_id,
        survey,
        source_id,
        is_best,
        is_clean,
        quantity,
        value::double as value,
        err::double as err
    from (
        from measured
        union all by name
        from calibrated
    )
    union all
    select
        scale,
        benchmark,
        star_id,
        'all' as survey,
        star_id::varchar as source_id,
        true as is_best,
        true as is_clean,
        quantity,
        value,
        err
    from combined
)

select
    given.scale,
    given.benchmark,
    ranked.edition,
    given.star_id,
    given.survey,
    given.source_id,
    given.quantity,
    given.value,
    given.err,
    ranked.value as reference_value,
    ranked.err as reference_err,
    given.value - ranked.value as difference,
    sqrt(pow(coalesce(given.err, 0), 2) + pow(coalesce(ranked.err, 0), 2)) as difference_err,
    given.is_best,
    given.is_clean,
    ranked.is_newest,
    ranked.is_recommended,
    ranked.mark
from given
inner join ranked on given.benchmark = ranked.benchmark and given.quantity = ranked.quantity
where given.value is not null;
