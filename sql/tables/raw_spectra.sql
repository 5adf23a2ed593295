-- One row per spectrum that was read, and per file that was refused: then refusal says why, and
-- what is not known of the file is NULL.
-- spectrum_number: its place among the spectra of its file, from 1. source_id: what the survey's
-- catalogue calls it, or its star. velocity: what its wavelengths were shifted to rest by, km/s;
-- velocity_source: 'rest' (the file's wavelengths are at rest), 'catalogue', 'header' or
-- 'cross-correlation'; NULL, and no index has a value, where none gave one. disputed_velocity: one
-- that the catalogue or the header states, but the lines tell another, more than 100 km/s away, or
-- catalogue and header do not agree: it was not used. snr_source: 'header', or 'pixels', the median
-- of flux / error where the header has none: another scale. ingested_at is in UTC.
-- key: survey, file, sha256, spectrum_number
create table if not exists raw.spectra (
    survey varchar not null,
    spectrum_id varchar,
    file varchar not null,
    sha256 varchar,
    spectrum_number integer not null,
    layout varchar,
    release varchar,
    source_id varchar,
    ra double,
    "dec" double,
    healpix bigint,
    snr double,
    velocity double,
    velocity_err double,
    velocity_source varchar,
    resolution double,
    wavelength_min double,
    wavelength_max double,
    medium varchar,
    n_pixels integer,
    good_fraction double,
    is_simulated boolean,
    refusal varchar,
    ingested_at timestamp not null,
    version varchar not null
);
-- Warehouses of earlier versions have none.
alter table raw.spectra add column if not exists disputed_velocity double;
alter table raw.spectra add column if not exists snr_source varchar;
