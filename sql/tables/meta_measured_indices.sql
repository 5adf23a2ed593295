-- One row per index that was measured in spectra: those of stellarwh, and a user's own (is_own),
-- with what their values are of. definition: unit, bands, continuum, shape and medium, as text.
-- key: index_name
create table if not exists meta.measured_indices (
    index_name varchar not null,
    unit varchar not null,
    definition varchar not null,
    source varchar not null,
    is_own boolean not null
);
