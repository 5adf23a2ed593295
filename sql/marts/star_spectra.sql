-- One row per spectrum of raw.spectra that was not refused, with the star that it is of: by the
-- id that the survey's catalogue has for it (matched_by 'id'), the nearest star of that id and not
-- over 60 arcsec away, as ids may come twice; else the nearest star within its fibre's radius
-- (arcsec: LAMOST 1.65, SDSS 1.5, others 1), 'position'. separation: arcsec, where the spectrum has
-- a position. star_id is NULL where there is no such star, or several and nothing tells which.
-- Galaxies and quasars (over 1,000 km/s) have no row.
-- key: survey, spectrum_id
create or replace view main.star_spectra as
with
taken as (
    select
        survey,
        spectrum_id,
        source_id,
        ra,
        "dec",
        healpix,
        snr,
        snr_source,
        resolution,
        velocity_source,
        is_simulated
    from raw.spectra
    -- What moves faster is no star of the Galaxy, whatever star lies before it.
    where refusal is null and coalesce(abs(velocity), 0) <= 1000
),

-- APOGEE's spectra say whose they are, those of the others which row of the catalogue.
named as (
    select
        case when survey = 'galah_dr4' then 'galah' else survey end as survey,
        -- Of an id that comes at two places, the second has '@' and its place behind it.
        case when survey = 'apogee' then split_part(survey_star_id, '@', 1) else source_id end
            as source_id,
        star_id
    from main.measurements
    where survey in ('apogee', 'galah', 'galah_dr4', 'lamost') and star_id is not null
),

of_id as (
    select
        taken.survey,
        taken.spectrum_id,
        stars.star_id,
        angular_separation(taken.ra, taken.dec, stars.ra, stars.dec) as separation
    from taken
    inner join named on taken.survey = named.survey and taken.source_id = named.source_id
    inner join main.stars as stars on named.star_id = stars.star_id
    group by all
),

by_id as (
    select
        survey,
        spectrum_id,
        arg_min(star_id, (coalesce(separation, 0), star_id)) as star_id,
        min(separation) as separation
    from of_id
    where coalesce(separation, 0) <= 60
    group by survey, spectrum_id
    -- Without a position, of two stars either may be it.
    having count(separation) > 0 or count(*) = 1
),

-- Cells of order 15 are 6 arcsec wide: who is within the radius lies in one of the nine.
cells as (
    select
        taken.survey,
        taken.spectrum_id,
        taken.ra,
        taken.dec,
        case taken.survey when 'lamost' then 1.65 when 'sdss' then 1.5 else 1 end as radius,
        unnest(list_append(healpix_neighbours(15, taken.healpix >> 28), taken.healpix >> 28))
            as cell
    from taken
    anti join by_id on taken.survey = by_id.survey and taken.spectrum_id = by_id.spectrum_id
    where taken.healpix is not null
),

near as (
    select
        cells.survey,
        cells.spectrum_id,
        cells.radius,
        stars.star_id,
        angular_separation(cells.ra, cells.dec, stars.ra, stars.dec) as separation
    from cells
    inner join main.stars as stars on cells.cell = stars.healpix >> 28
),

by_position as (
    select
        survey,
        spectrum_id,
        arg_min(star_id, (separation, star_id)) as star_id,
        min(separation) as separation
    from near
    where separation <= radius
    group by survey, spectrum_id
)

select
    taken.survey,
    taken.spectrum_id,
    coalesce(by_id.star_id, by_position.star_id) as star_id,
    case
        when by_id.star_id is not null then 'id'
        when by_position.star_id is not null then 'position'
    end as matched_by,
    coalesce(by_id.separation, by_position.separation) as separation,
    taken.source_id,
    taken.snr,
    taken.snr_source,
    taken.resolution,
    taken.velocity_source,
    taken.is_simulated
from taken
left join by_id on taken.survey = by_id.survey and taken.spectrum_id = by_id.spectrum_id
left join by_position
    on taken.survey = by_position.survey and taken.spectrum_id = by_position.spectrum_id;
