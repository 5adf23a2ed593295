-- One row per reason, known of a star that several surveys saw, for which their values may differ:
-- reason_order is the order in which they are told, the likeliest first. survey is the one that it
-- speaks against, quantity the one that it is about: NULL where it is none or all. A match by
-- position alone is doubted where, of those of the same surveys at least as far apart, 1 % and more
-- are expected by chance (matching.chance_matches). Binaries are suspected by any row of the star,
-- clean or not; other flags count where they warn and the row is clean. Rows of one survey differ
-- where they do so by 5 errors, made to hold.
-- key: star_id, reason
create or replace view scale.doubts as
with
shared as (
    select
        star_id,
        has_conflict
    from main.stars
    where n_surveys > 1
),

star_rows as (
    select
        measurements.star_id,
        measurements.survey,
        measurements.source_id,
        measurements.is_best,
        measurements.is_clean,
        measurements.snr,
        measurements.quality_flags,
        measurements.n_components,
        measurements.radial_velocity_scatter,
        measurements.radial_velocity_err
    from main.measurements
    where measurements.star_id in (select shared.star_id from shared)
),

flags as (
    select distinct
        star_rows.star_id,
        star_rows.survey,
        star_rows.is_clean,
        flags.flag,
        bits.severity,
        regexp_matches(flags.flag, ':(BINARY|MULTIPLE|TRIPLE|RUWE)') as is_binary
    from star_rows
    cross join unnest(star_rows.quality_flags) as flags (flag)
    left join meta.flag_bits as bits
        on star_rows.survey = bits.survey and flags.flag = bits.flag || ':' || bits.name
),

-- By chance pairs at most so far apart grow with the square of the separation.
by_chance as (
    select
        matches.survey_left,
        matches.source_id_left,
        matches.survey_right,
        matches.source_id_right,
        least(
            1,
            chance.n_chance * (1 - pow(matches.separation / match_radius(), 2))
            / count(*) over (
                partition by matches.survey_left, matches.survey_right
                order by matches.separation desc
            )
        ) as probability
    from matching.matches as matches
    inner join matching.chance_matches as chance
        on
            matches.survey_left = chance.survey_left
            and matches.survey_right = chance.survey_right
    where matches.matched_by = 'position'
),

lowest as (
    select
        survey,
        quantile_cont(snr, 0.1) as snr
    from main.measurements
    where is_clean
    group by survey
),

factors as (
    select
        survey,
        quantity,
        coalesce(repeat_factor, factor) as factor
    from scale.factors
    where stage_group = 'all'
),

repeated as (
    select
        repeats.star_id,
        repeats.survey,
        repeats.quantity,
        max(
            abs(repeats.difference) / (repeats.difference_err * coalesce(factors.factor, 1))
        ) as sigma
    from main.repeats
    left join factors
        on repeats.survey = factors.survey and repeats.quantity = factors.quantity
    where repeats.difference_err > 0
    group by repeats.star_id, repeats.survey, repeats.quantity
)

select
    rows_left.star_id,
    null::varchar as quantity,
    null::varchar as survey,
    1 as reason_order,
    case disagreements.disagreement
        when 'near, different ids' then 'Gaia ids disagree'
        else 'one Gaia id, but ' || format('{:.1f}', disagreements.separation) || ' arcsec apart'
    end || ' (' || disagreements.survey_left || ', ' || disagreements.survey_right || ')' as reason
from matching.disagreements as disagreements
inner join star_rows as rows_left
    on
        disagreements.survey_left = rows_left.survey
        and disagreements.source_id_left = rows_left.source_id
where disagreements.is_same_star
union all
select
    star_id,
    null as quantity,
    null as survey,
    1 as reason_order,
    'its matches contradict each other' as reason
from shared
where has_conflict
union all
select
    l.star_id,
    null as quantity,
    null as survey,
    2 as reason_order,
    'the match may be by chance (probability '
    || format('{:.2f}', max(by_chance.probability)) || ')' as reason
from by_chance
inner join star_rows as l
    on by_chance.survey_left = l.survey and by_chance.source_id_left = l.source_id
inner join star_rows as r
    on
        by_chance.survey_right = r.survey
        and by_chance.source_id_right = r.source_id
        and l.star_id = r.star_id
where by_chance.probability >= 0.01
group by l.star_id
union all
select
    star_id,
    null as quantity,
    null as survey,
    3 as reason_order,
    'binary suspected by ' || survey || ' (' || string_agg(distinct flag, ', ' order by flag) || ')'
        as reason
from flags
where is_binary
group by star_id, survey
union all
select
    star_id,
    null as quantity,
    null as survey,
    3 as reason_order,
    'binary suspected by ' || survey || ' (' || max(n_components) || ' components)' as reason
from star_rows
where n_components > 1
group by star_id, survey
union all
select
    star_id,
    null as quantity,
    null as survey,
    4 as reason_order,
    'visits of ' || survey || ' scatter in velocity (by '
    || format('{:.1f}', max(radial_velocity_scatter)) || ' km/s)' as reason
from star_rows
where
    is_clean
    and radial_velocity_scatter > 1
    and radial_velocity_scatter > 5 * coalesce(radial_velocity_err, 0)
group by star_id, survey
union all
select
    star_id,
    case quantity when 'radial_velocity' then null else quantity end as quantity,
    case quantity when 'radial_velocity' then null else survey end as survey,
    case quantity when 'radial_velocity' then 4 else 7 end as reason_order,
    case quantity
        when 'radial_velocity' then 'rows of ' || survey || ' scatter in velocity (by '
        else 'rows of ' || survey || ' differ among themselves in ' || quantity || ' (by '
    end || format('{:.1f}', sigma) || ' sigma)' as reason
from repeated
where sigma > 5
union all
select
    star_id,
    null as quantity,
    survey,
    9 as reason_order,
    'warnings of ' || survey || ' (' || string_agg(distinct flag, ', ' order by flag) || ')'
        as reason
from flags
where is_clean and not is_binary and coalesce(severity <> 'info', true)
group by star_id, survey
union all
select
    star_rows.star_id,
    null as quantity,
    star_rows.survey,
    10 as reason_order,
    'S/N ' || format('{:.0f}', star_rows.snr) || ' of ' || star_rows.survey
    || ', among its lowest tenth' as reason
from star_rows
inner join lowest on star_rows.survey = lowest.survey
where star_rows.is_best and star_rows.is_clean and star_rows.snr < lowest.snr;
