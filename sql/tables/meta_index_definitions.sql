-- One row per spectral index that is measured in spectra, as listed in sql/index_definitions.csv.
-- Bands are in Å, in the medium. unit: A (equivalent width in Å), mag (the same per Å, in
-- magnitudes) or ratio (mean flux of the band over that of the bands beside it). The continuum is
-- a line through the mean fluxes of the blue and the red band, or one fitted to all of continuum.
-- key: name
create table if not exists meta.index_definitions (
    name varchar not null,
    unit varchar not null,
    band_lo double not null,
    band_hi double not null,
    blue_lo double,
    blue_hi double,
    red_lo double,
    red_hi double,
    more_bands varchar,
    continuum varchar,
    shape varchar,
    medium varchar not null,
    source varchar not null,
    checked_in varchar not null,
    status varchar not null,
    description varchar not null
);
