-- match_radius(): how far apart (arcsec, at a common epoch) two catalogue stars may lie to
-- be taken for one: the usual 1 arcsec of surveys with Gaia or 2MASS positions.
-- id_match_radius(): how far apart two stars of one Gaia id may lie (arcsec): far enough for
-- fast stars of unknown motion, near enough to catch wrong ids and wrong positions.
-- survey_rank(survey): whose star names the physical star and gives its position. Catalogues of
-- the user's own and extracts of Gaia come last.
-- has_spectra(survey): whether a survey's values are of spectra; those of an extract of Gaia are of
-- photometry and astrometry, and no calibration has a use for them.
create or replace macro match_radius() as 1e0;

create or replace macro id_match_radius() as 10e0;

create or replace macro has_spectra(survey) as survey <> 'gaia';

create or replace macro survey_rank(survey) as
    coalesce(list_position(['apogee', 'galah', 'lamost', 'galah_dr4'], survey), 5);
