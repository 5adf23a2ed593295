-- One row per spectrum of raw.spectra that was not refused, and index that was measured in it.
-- unit: A (equivalent width in Å), mag or ratio, as meta.measured_indices has it. good_fraction:
-- share of the width of its bands on good pixels. reason: why there is no value.
-- key: survey, spectrum_id, index_name
create table if not exists raw.spectral_indices (
    survey varchar not null,
    spectrum_id varchar not null,
    index_name varchar not null,
    value double,
    err double,
    good_fraction double,
    unit varchar not null,
    reason varchar
);
