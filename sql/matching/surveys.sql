-- One row per survey with stars, now or at the last build: a fingerprint of all that the
-- match reads of its stars, in any order, and whether it is_changed since then (new, changed
-- or removed), so that its pairs are matched anew. Those of two unchanged surveys are kept.
-- key: survey
-- stored: incremental table
create table if not exists matching.surveys (
    survey varchar,
    n_stars bigint,
    fingerprint bigint,
    is_changed boolean
);

create or replace table matching.surveys as
with
surveys as (
    select
        survey,
        count(*) as n_stars,
        -- The outer hash: without it, values exchanged between two stars might cancel out.
        (bit_xor(hash(hash(
            source_id,
            survey_star_id,
            gaia_dr3_source_id,
            gaia_dr2_source_id,
            healpix,
            ra,
            "dec",
            epoch,
            pmra,
            pmdec
        ))) >> 1)::bigint as fingerprint
    from matching.survey_stars
    group by survey
),

last_build as (
    select
        survey,
        n_stars,
        fingerprint
    from matching.surveys
    where n_stars > 0
)

select
    survey,
    coalesce(surveys.n_stars, 0) as n_stars,
    surveys.fingerprint,
    not coalesce(
        surveys.fingerprint = last_build.fingerprint and surveys.n_stars = last_build.n_stars,
        false
    ) as is_changed
from surveys
full outer join last_build using (survey)
order by survey;
