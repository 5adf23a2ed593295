-- propagate_ra(ra, dec, pmra, pmdec, epoch_from, epoch_to), propagate_dec(…): position in
-- degrees at another epoch (years), moved along its great circle by its proper motion
-- (mas/yr, pmra times cos dec): the unit vector plus the motion's vector, made a direction
-- again, so it holds near the poles (Hipparcos catalogue, ESA SP-1200 vol. 1, 1.5.5, without
-- parallax and radial velocity). ra comes out in 0..360. A position without proper
-- motion stays as it is; one with a proper motion but without an epoch becomes NULL, as where
-- an epoch is no year of 1800 to 2200 but, say, a Julian date.
-- is_motion(pm): whether a proper motion is known: a number, and none that stands for "missing"
-- (null_if_missing, 9999, or beyond all reason, such as 1e20).
-- has_motion(pmra, pmdec, epoch): whether all three are known, so that it can be moved.
-- motion_angle(pm, epoch_from, epoch_to): what a proper motion moves in that time, radians.
create or replace macro is_motion(pm) as
    coalesce(abs(null_if_missing(pm)) < 1e12::double and abs(pm::double) <> 9999, false);

create or replace macro motion_angle(pm, epoch_from, epoch_to) as
    radians(pm::double / 3600000::double)
    * (year_or_null(epoch_to) - year_or_null(epoch_from));

create or replace macro propagate_ra(ra, "dec", pmra, pmdec, epoch_from, epoch_to) as
    case
        when is_motion(pmra) and is_motion(pmdec)
            then (
                ra::double + degrees(atan2(
                    motion_angle(pmra, epoch_from, epoch_to),
                    cos(radians("dec"::double))
                    - motion_angle(pmdec, epoch_from, epoch_to) * sin(radians("dec"::double))
                )) + 720::double
            ) % 360::double
        else ra::double
    end;

create or replace macro propagate_dec(ra, "dec", pmra, pmdec, epoch_from, epoch_to) as
    case
        when is_motion(pmra) and is_motion(pmdec)
            then degrees(atan2(
                sin(radians("dec"::double))
                + motion_angle(pmdec, epoch_from, epoch_to) * cos(radians("dec"::double)),
                sqrt(
                    pow(
                        cos(radians("dec"::double))
                        - motion_angle(pmdec, epoch_from, epoch_to)
                        * sin(radians("dec"::double)),
                        2
                    )
                    + pow(motion_angle(pmra, epoch_from, epoch_to), 2)
                )
            ))
        else "dec"::double
    end;

create or replace macro has_motion(pmra, pmdec, epoch) as
    coalesce(is_motion(pmra) and is_motion(pmdec) and year_or_null(epoch) is not null, false);
